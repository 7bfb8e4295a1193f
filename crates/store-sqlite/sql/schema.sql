-- The whole schema of a Docket log. Nothing in `log`, `events`, `documents`, `superseded` and
-- `security_audit` is ever updated.
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
  sealed        BLOB NOT NULL CHECK (length(sealed) > 0),
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

CREATE INDEX documents_of_stream ON documents (stream, hash);

-- Documents that may be removed: which event stored one, and which later event of the same stream and
-- type superseded it. Whoever removes documents writes here first.
CREATE TABLE superseded (
  hash      BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
  saved_at  INTEGER NOT NULL,
  later_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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

-- One event as text without any escaping: ten numbers (the last six are lengths in bytes), then the
-- parts, binary ones in hex. A frame is never NULL, so that a row which somebody emptied past
-- the constraints is read and found out, and not left out of its page. See src/page.rs for the
-- other end.
CREATE VIEW framed AS
SELECT
  position, stream, version, recorded_at,
  position || ' ' || version || ' ' || schema || ' ' || recorded_at || ' '
    || octet_length(stream) || ' ' || octet_length(kind) || ' ' || octet_length(payload) || ' '
    || octet_length(metadata) || ' ' || ifnull(2 * octet_length(sealed), 0) || ' '
    || (2 * octet_length(leaf)) || ';'
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

CREATE TRIGGER documents_are_never_updated BEFORE UPDATE ON documents
BEGIN SELECT RAISE(ABORT, 'documents are never updated'); END;
CREATE TRIGGER documents_are_never_replaced BEFORE INSERT ON documents
WHEN EXISTS (SELECT 1 FROM documents WHERE rowid = NEW.rowid OR hash = NEW.hash)
BEGIN SELECT RAISE(ABORT, 'documents are never replaced'); END;
CREATE TRIGGER documents_are_removed_only_erased_or_superseded BEFORE DELETE ON documents
WHEN NOT EXISTS (SELECT 1 FROM keys WHERE stream = OLD.stream AND wrapped = x'')
 AND NOT EXISTS (SELECT 1 FROM superseded WHERE hash = OLD.hash)
BEGIN SELECT RAISE(ABORT, 'documents are removed only when they are erased or superseded'); END;

CREATE TRIGGER superseded_is_never_updated BEFORE UPDATE ON superseded
BEGIN SELECT RAISE(ABORT, 'superseded is never updated'); END;
CREATE TRIGGER superseded_is_never_deleted BEFORE DELETE ON superseded
BEGIN SELECT RAISE(ABORT, 'superseded is never deleted'); END;
CREATE TRIGGER superseded_names_a_later_event BEFORE INSERT ON superseded
WHEN EXISTS (SELECT 1 FROM superseded WHERE hash = NEW.hash)
  OR NOT EXISTS (
    SELECT 1 FROM documents
    JOIN events AS saved ON saved.position = NEW.saved_at
    JOIN events AS later ON later.position = NEW.later_at
    WHERE documents.hash = NEW.hash AND NEW.saved_at < NEW.later_at
      AND saved.stream = documents.stream AND later.stream = documents.stream
      AND saved.kind = later.kind AND instr(saved.payload, lower(hex(NEW.hash))) > 0)
BEGIN SELECT RAISE(ABORT, 'superseded names the event that stored a document and a later one'); END;

-- A key ends once. Until then it may be wrapped anew under a newer version of the wrapping key, which
-- stands in the four bytes behind the algorithm; that is how keys are rotated, and the only way.
CREATE TRIGGER keys_only_end_or_are_rewrapped BEFORE UPDATE ON keys
WHEN NEW.rowid <> OLD.rowid OR NEW.stream <> OLD.stream OR NOT (
  NEW.wrapped = x'' OR (
    OLD.wrapped <> x'' AND length(NEW.wrapped) = length(OLD.wrapped)
    AND substr(NEW.wrapped, 1, 1) = substr(OLD.wrapped, 1, 1)
    AND substr(NEW.wrapped, 2, 4) > substr(OLD.wrapped, 2, 4)))
BEGIN SELECT RAISE(ABORT, 'keys only end or are wrapped anew'); END;
CREATE TRIGGER keys_are_never_deleted BEFORE DELETE ON keys
BEGIN SELECT RAISE(ABORT, 'keys are never deleted'); END;
CREATE TRIGGER keys_are_never_replaced BEFORE INSERT ON keys
WHEN EXISTS (SELECT 1 FROM keys WHERE rowid = NEW.rowid OR stream = NEW.stream)
BEGIN SELECT RAISE(ABORT, 'keys are never replaced'); END;

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
