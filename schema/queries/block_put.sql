INSERT INTO block (user_key, book, mailbox, digest, recipe, pairs, told)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (user_key, book, mailbox) DO UPDATE SET
    digest = excluded.digest, recipe = excluded.recipe, pairs = excluded.pairs, told = excluded.told
