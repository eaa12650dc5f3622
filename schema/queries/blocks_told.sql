SELECT user_key, book, mailbox, told
FROM block
