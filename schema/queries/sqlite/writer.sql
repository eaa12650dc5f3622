-- Who took the lock last.
SELECT number, holder FROM writer
