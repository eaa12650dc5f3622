-- Those in whose mailboxes something of a record stands, or may, because what was sent was not answered.
SELECT user_key FROM contact WHERE record_key = $1
UNION
SELECT user_key FROM intent WHERE record_key = $1
