-- Categories, from one JSON array of objects: one statement for all rows.
INSERT INTO category (id, name)
SELECT value ->> 'id', value ->> 'name'
FROM json_each($1);
