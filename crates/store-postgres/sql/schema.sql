-- The whole schema of a Docket log. Nothing in `log`, `events`, `documents`, `superseded` and
-- `security_audit` is ever updated: triggers refuse it to everybody, owners and replication roles too, and an application role has no
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
  sealed        bytea NOT NULL CHECK (octet_length(sealed) > 0),
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
CREATE INDEX documents_of_stream ON docket_log.documents (stream, hash);

-- Documents that may be removed: which event stored one, and which later event of the same stream and
-- type superseded it. Whoever removes documents writes here first.
CREATE TABLE docket_log.superseded (
  hash      bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
  saved_at  bigint NOT NULL,
  later_at  bigint NOT NULL
);

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

-- A document is removed only when its stream's key was destroyed or a later event superseded it.
CREATE FUNCTION docket_log.refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM docket_log.keys WHERE stream = OLD.stream AND wrapped = '')
     OR EXISTS (SELECT FROM docket_log.superseded WHERE hash = OLD.hash) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'documents are removed only when they are erased or superseded'
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION docket_log.refuse_unproven() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM docket_log.documents
    JOIN docket_log.events AS saved ON saved.position = NEW.saved_at
    JOIN docket_log.events AS later ON later.position = NEW.later_at
    WHERE documents.hash = NEW.hash AND NEW.saved_at < NEW.later_at
      AND saved.stream = documents.stream AND later.stream = documents.stream
      AND saved.kind = later.kind AND strpos(saved.payload, encode(NEW.hash, 'hex')) > 0) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'superseded names the event that stored a document and a later one'
    USING ERRCODE = 'restrict_violation';
END $$;

-- A key ends once. Until then it may be wrapped anew under a newer version of the wrapping key, which
-- stands in the four bytes behind the algorithm; that is how keys are rotated, and the only way.
CREATE FUNCTION docket_log.refuse_key_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.stream = OLD.stream AND (
    NEW.wrapped = '' OR (
      OLD.wrapped <> '' AND octet_length(NEW.wrapped) = octet_length(OLD.wrapped)
      AND substr(NEW.wrapped, 1, 1) = substr(OLD.wrapped, 1, 1)
      AND substr(NEW.wrapped, 2, 4) > substr(OLD.wrapped, 2, 4))) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'keys only end or are wrapped anew' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON docket_log.log
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON docket_log.events
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON docket_log.security_audit
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR TRUNCATE ON docket_log.documents
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER only_erased_or_superseded BEFORE DELETE ON docket_log.documents
  FOR EACH ROW EXECUTE FUNCTION docket_log.refuse_removal();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON docket_log.superseded
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER names_a_later_event BEFORE INSERT ON docket_log.superseded
  FOR EACH ROW EXECUTE FUNCTION docket_log.refuse_unproven();
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON docket_log.keys
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_change();
CREATE TRIGGER only_ends_or_is_rewrapped BEFORE UPDATE ON docket_log.keys
  FOR EACH ROW EXECUTE FUNCTION docket_log.refuse_key_change();
CREATE TRIGGER without_gap AFTER INSERT ON docket_log.events
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION docket_log.refuse_gap();

-- ALWAYS: also for a session that calls itself a replica.
ALTER TABLE docket_log.log ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.events ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.security_audit ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.events ENABLE ALWAYS TRIGGER without_gap;
ALTER TABLE docket_log.documents ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.documents ENABLE ALWAYS TRIGGER only_erased_or_superseded;
ALTER TABLE docket_log.superseded ENABLE ALWAYS TRIGGER never_changed;
ALTER TABLE docket_log.superseded ENABLE ALWAYS TRIGGER names_a_later_event;
ALTER TABLE docket_log.keys ENABLE ALWAYS TRIGGER never_removed;
ALTER TABLE docket_log.keys ENABLE ALWAYS TRIGGER only_ends_or_is_rewrapped;
