-- Shares, from one JSON array of objects: one statement for all rows.
INSERT INTO contact_share (contact_id, user_id, group_id, shared_by, valid_from, valid_until)
SELECT value ->> 'contact_id', value ->> 'user_id', value ->> 'group_id', value ->> 'shared_by', value ->> 'valid_from', value ->> 'valid_until'
FROM json_each($1);
