-- How much of a user still stands in a mailbox: contacts, folders, open changes.
SELECT COUNT(*)
FROM (
    SELECT user_key, mailbox FROM contact
    UNION ALL
    SELECT user_key, mailbox FROM folder
    UNION ALL
    SELECT user_key, mailbox FROM intent
) AS holds
WHERE user_key = $1 AND mailbox = $2
