-- How many contacts and open changes a folder has.
SELECT COUNT(*)
FROM (
    SELECT user_key, book, mailbox FROM contact
    UNION ALL
    SELECT user_key, book, mailbox FROM intent
) AS holds
WHERE user_key = $1 AND book = $2 AND mailbox = $3
