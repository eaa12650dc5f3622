-- Those in whose mailboxes something of a record stands, or may, because what was sent was not answered.
SELECT user_key
FROM (SELECT user_key, record_key FROM contact UNION SELECT user_key, record_key FROM intent) AS holds
WHERE record_key = $1
