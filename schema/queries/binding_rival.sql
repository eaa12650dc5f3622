-- Another user whose binding to the mailbox is not over; one who has it before one who waits for it.
SELECT user_key, standing
FROM binding
WHERE mailbox = $1 AND user_key <> $2 AND standing <> 'withdrawn'
ORDER BY CASE WHEN standing = 'waiting' THEN 1 ELSE 0 END, id
LIMIT 1
