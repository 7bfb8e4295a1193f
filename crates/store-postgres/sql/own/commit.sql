-- Every node hears of it when the transaction commits. Only a wake-up.
NOTIFY docket_log;
COMMIT
