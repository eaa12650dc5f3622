-- Every record of which something stands in a mailbox, or may.
SELECT record_key FROM contact
UNION
SELECT record_key FROM intent
