INSERT INTO refusal (user_key, book, mailbox, record_key, digest, code, sentence, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (user_key, book, mailbox, record_key) DO UPDATE SET
    digest = excluded.digest, code = excluded.code, sentence = excluded.sentence, at = excluded.at
