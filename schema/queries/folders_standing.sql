SELECT user_key, book, mailbox, CAST(SUM(contacts) AS BIGINT)
FROM (
    SELECT user_key, book, mailbox, COUNT(*) AS contacts FROM contact GROUP BY user_key, book, mailbox
    UNION ALL
    SELECT user_key, book, mailbox, 0 FROM folder
    UNION ALL
    SELECT user_key, book, mailbox, 0 FROM intent
) AS standing
GROUP BY user_key, book, mailbox
