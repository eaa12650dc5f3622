-- Groups, from one JSON array of objects: one statement for all rows.
INSERT INTO user_group (id, name, parent_id)
SELECT value ->> 'id', value ->> 'name', value ->> 'parent_id'
FROM json_each($1);
