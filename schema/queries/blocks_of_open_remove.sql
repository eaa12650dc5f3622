DELETE FROM block
WHERE EXISTS (SELECT 1 FROM intent WHERE intent.user_key = block.user_key AND intent.book = block.book AND intent.mailbox = block.mailbox)
