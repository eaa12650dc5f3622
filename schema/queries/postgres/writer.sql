-- Who took the lock last. Changes of all processes queue here until they end, as they do in SQLite.
SELECT number, holder FROM writer FOR UPDATE
