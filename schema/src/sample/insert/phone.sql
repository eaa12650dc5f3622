-- Phone numbers, from one JSON array of objects: one statement for all rows.
INSERT INTO phone (contact_id, place, kind, number, is_private)
SELECT value ->> 'contact_id', value ->> 'place', value ->> 'kind', value ->> 'number', value ->> 'is_private'
FROM json_each($1);
