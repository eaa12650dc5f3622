SELECT user_key, book, mailbox, digest, recipe
FROM block
