-- Mail addresses, from one JSON array of objects: one statement for all rows.
INSERT INTO mail_address (contact_id, place, address)
SELECT value ->> 'contact_id', value ->> 'place', value ->> 'address'
FROM json_each($1);
