-- Subscriptions, from one JSON array of objects: one statement for all rows.
INSERT INTO subscription (contact_id, user_id, group_id, created_by)
SELECT value ->> 'contact_id', value ->> 'user_id', value ->> 'group_id', value ->> 'created_by'
FROM json_each($1);
