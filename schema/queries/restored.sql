-- The pass after which the state was brought back from a backup, unless a later one over all users came to its end.
SELECT restored_after FROM installation
WHERE restored_after >= (SELECT COALESCE(MAX(id), 0) FROM pass WHERE kind = 'full' AND finished_at IS NOT NULL)
