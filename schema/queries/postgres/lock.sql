-- Takes the lock of whoever pushes, until the connection ends; says whether it could be had, and which run of which server it is of, by when that
-- began, in microseconds since 1970. The number is `AdbT`.
SELECT
    pg_catalog.pg_try_advisory_lock(1097097812, 1),
    CAST(EXTRACT(EPOCH FROM pg_catalog.pg_postmaster_start_time()) * 1000000 AS BIGINT)
