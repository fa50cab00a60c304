"""Running migrations: the environment, the connection's transaction, the lock, the version rows, the journal."""
