-- Whoever opens the state waits until another process that opens it is through. The number is `AdbT`.
SELECT pg_catalog.pg_advisory_xact_lock(1097097812, 0)
