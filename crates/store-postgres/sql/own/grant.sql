-- What a node needs, for the role that the setting `docket.role` names. It may not change or remove
-- an event, nor an entry of the security audit. CREATE on the database is for the read models'
-- schemas, which it makes itself.
DO $$
DECLARE
  role text := current_setting('docket.role');
BEGIN
  EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO %I', current_database(), role);
  EXECUTE format('GRANT USAGE ON SCHEMA docket_log TO %I', role);
  EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA docket_log TO %I', role);
  EXECUTE format('GRANT INSERT ON docket_log.events, docket_log.documents, docket_log.keys,
                  docket_log.settings, docket_log.security_audit TO %I', role);
  EXECUTE format('GRANT UPDATE ON docket_log.keys, docket_log.settings TO %I', role);
END $$
