INSERT INTO block (user_key, book, mailbox, digest, recipe, pairs)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (user_key, book, mailbox) DO UPDATE SET
    digest = excluded.digest, recipe = excluded.recipe, pairs = excluded.pairs
