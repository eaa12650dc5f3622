-- Postal addresses, from one JSON array of objects: one statement for all rows.
INSERT INTO postal_address (contact_id, place, kind, street, house_number, postcode, city, state, country)
SELECT value ->> 'contact_id', value ->> 'place', value ->> 'kind', value ->> 'street', value ->> 'house_number', value ->> 'postcode', value ->> 'city', value ->> 'state', value ->> 'country'
FROM json_each($1);
