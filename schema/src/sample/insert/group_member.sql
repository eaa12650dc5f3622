-- Members of groups, from one JSON array of objects: one statement for all rows.
INSERT INTO group_member (user_id, group_id)
SELECT value ->> 'user_id', value ->> 'group_id'
FROM json_each($1);
