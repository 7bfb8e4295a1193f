-- Heard by every node when the transaction commits. Only a wake-up.
NOTIFY docket_log
