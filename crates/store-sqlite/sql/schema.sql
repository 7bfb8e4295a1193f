-- The whole schema of a Docket log. Nothing in `log`, `events` and `security_audit` is ever updated.
-- The triggers name what they refuse; they also hold when a statement says OR REPLACE, because they
-- run before the row that stands in the way would be removed.

-- One row: the identity of the log.
CREATE TABLE log (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  id      BLOB NOT NULL CHECK (length(id) = 16),
  format  INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
  position      INTEGER PRIMARY KEY,
  stream        TEXT NOT NULL,
  version       INTEGER NOT NULL,
  kind          TEXT NOT NULL,
  schema        INTEGER NOT NULL,
  payload       TEXT NOT NULL,
  sealed        BLOB,
  metadata      TEXT NOT NULL,
  recorded_at   INTEGER NOT NULL,
  leaf          BLOB NOT NULL CHECK (length(leaf) = 32),
  -- Both on the first event of an append only: the command id, and how many events it stored.
  command       BLOB CHECK (length(command) = 16),
  command_size  INTEGER,
  UNIQUE (stream, version)
) STRICT;

CREATE UNIQUE INDEX events_command ON events (command) WHERE command IS NOT NULL;

-- Ciphertexts by their own SHA-256.
CREATE TABLE documents (
  hash    BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  stream  TEXT NOT NULL,
  bytes   BLOB NOT NULL
) STRICT;

-- Wrapped data keys; empty where the key was destroyed.
CREATE TABLE keys (
  stream   TEXT NOT NULL UNIQUE,
  wrapped  BLOB NOT NULL
) STRICT;

CREATE TABLE settings (
  name   TEXT NOT NULL UNIQUE,
  value  BLOB NOT NULL
) STRICT;

CREATE TABLE security_audit (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  actor        BLOB,
  unit         BLOB,
  action       TEXT NOT NULL,
  subject      TEXT,
  result       TEXT NOT NULL,
  code         TEXT,
  correlation  TEXT
) STRICT;

-- One event as text without any escaping: nine numbers (the last five are lengths in bytes, -1 for
-- no sealed part), then the parts, binary ones in hex. See src/page.rs for the other end.
CREATE VIEW framed AS
SELECT
  position, stream, version, recorded_at,
  position || ' ' || version || ' ' || schema || ' ' || recorded_at || ' '
    || octet_length(stream) || ' ' || octet_length(kind) || ' ' || octet_length(payload) || ' '
    || octet_length(metadata) || ' ' || ifnull(2 * octet_length(sealed), -1) || ';'
    || stream || kind || payload || metadata || ifnull(hex(sealed), '') || hex(leaf) AS frame
FROM events;

CREATE TRIGGER log_is_never_updated BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the identity of the log is never updated'); END;
CREATE TRIGGER log_is_never_deleted BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'the identity of the log is never deleted'); END;
CREATE TRIGGER log_is_never_replaced BEFORE INSERT ON log WHEN EXISTS (SELECT 1 FROM log)
BEGIN SELECT RAISE(ABORT, 'the log has an identity already'); END;

CREATE TRIGGER events_are_never_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never updated'); END;
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER events_are_only_appended BEFORE INSERT ON events
WHEN NEW.position <> (SELECT ifnull(max(position), 0) + 1 FROM events)
  OR NEW.version <> (SELECT ifnull(max(version), 0) + 1 FROM events WHERE stream = NEW.stream)
  OR EXISTS (SELECT 1 FROM events WHERE command = NEW.command)
BEGIN SELECT RAISE(ABORT, 'events are only appended, without a gap'); END;

CREATE TRIGGER security_audit_is_never_updated BEFORE UPDATE ON security_audit
BEGIN SELECT RAISE(ABORT, 'security_audit is never updated'); END;
CREATE TRIGGER security_audit_is_never_deleted BEFORE DELETE ON security_audit
BEGIN SELECT RAISE(ABORT, 'security_audit is never deleted'); END;
CREATE TRIGGER security_audit_is_only_appended BEFORE INSERT ON security_audit
WHEN EXISTS (SELECT 1 FROM security_audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'security_audit is only appended'); END;

-- "Dock": says what the file is; the version of this schema stands beside it.
PRAGMA application_id = 1148150635;
PRAGMA user_version = 1;
