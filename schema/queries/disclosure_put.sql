INSERT INTO disclosure (user_key, book, mailbox, record_key, properties, from_at, until_at, ended_why)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
