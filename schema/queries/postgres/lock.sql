-- Takes the lock of whoever pushes, until the connection ends; says whether it could be had. The number is `AdbT`.
SELECT pg_catalog.pg_try_advisory_lock(1097097812, 1)
