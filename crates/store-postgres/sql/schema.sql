-- The whole schema of a Docket log. Nothing in `log`, `events` and `security_audit` is ever updated:
-- triggers refuse it to everybody, owners and replication roles too, and an application role has no
-- privilege for it (docs/operations.md).

CREATE SCHEMA docket_log;
COMMENT ON SCHEMA docket_log IS 'Docket: the log. Append only; the format of an event is in docs/log-format.md.';

-- One row: the identity of the log, and the version of this schema.
CREATE TABLE docket_log.log (
  one             boolean PRIMARY KEY CHECK (one),
  id              uuid NOT NULL,
  format          integer NOT NULL,
  schema_version  integer NOT NULL
);

CREATE TABLE docket_log.events (
  position      bigint PRIMARY KEY CHECK (position > 0),
  stream        text COLLATE "C" NOT NULL,
  version       bigint NOT NULL CHECK (version > 0),
  kind          text COLLATE "C" NOT NULL,
  schema        integer NOT NULL,
  payload       text COLLATE "C" NOT NULL,
  sealed        bytea,
  metadata      text COLLATE "C" NOT NULL,
  recorded_at   bigint NOT NULL,
  leaf          bytea NOT NULL CHECK (octet_length(leaf) = 32),
  -- Both on the first event of an append only: the command id, and how many events it stored.
  command       uuid,
  command_size  integer,
  UNIQUE (stream, version)
);
-- A ciphertext does not compress.
ALTER TABLE docket_log.events ALTER COLUMN sealed SET STORAGE EXTERNAL;
-- Pages are only ever added, so vacuum has nothing to do here but freeze.
ALTER TABLE docket_log.events SET (fillfactor = 100);

CREATE UNIQUE INDEX events_command ON docket_log.events (command) WHERE command IS NOT NULL;

-- Ciphertexts by their own SHA-256.
CREATE TABLE docket_log.documents (
  hash    bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  stream  text COLLATE "C" NOT NULL,
  bytes   bytea NOT NULL
);
ALTER TABLE docket_log.documents ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Wrapped data keys; empty where the key was destroyed.
CREATE TABLE docket_log.keys (
  stream   text COLLATE "C" PRIMARY KEY,
  wrapped  bytea NOT NULL
);

CREATE TABLE docket_log.settings (
  name   text COLLATE "C" PRIMARY KEY,
  value  bytea NOT NULL
);

CREATE TABLE docket_log.security_audit (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at           bigint NOT NULL,
  actor        uuid,
  unit         uuid,
  action       text NOT NULL,
  subject      text,
  result       text NOT NULL,
  code         text,
  correlation  text
);

CREATE FUNCTION docket_log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append only: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation';
END $$;

-- Positions follow one another, whoever inserts.
CREATE FUNCTION docket_log.refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  first bigint; last bigint; many bigint; before bigint;
BEGIN
  SELECT min(position), max(position), count(*) INTO first, last, many FROM added;
  IF many = 0 THEN
    RETURN NULL;
  END IF;
  SELECT max(position) INTO before FROM docket_log.events WHERE position < first;
  IF first <> coalesce(before, 0) + 1 OR last <> first + many - 1
     -- Not EXISTS of a later one: planned as if a third of the table were later, that walks it all.
     OR last <> (SELECT max(position) FROM docket_log.events) THEN
    RAISE EXCEPTION 'events are only appended, without a gap: % to % behind %', first, last, before
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON docket_log.log
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON docket_log.events
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON docket_log.security_audit
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER without_gap AFTER INSERT ON docket_log.events
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_gap();

-- ALWAYS: also for a session that calls itself a replica.
ALTER TABLE docket_log.log ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.events ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.security_audit ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.events ENABLE ALWAYS TRIGGER without_gap;
