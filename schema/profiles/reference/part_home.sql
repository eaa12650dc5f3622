-- The rows of part `address` of this kind, so that the mapping takes a whole address from one row.
SELECT contact_id AS record, id AS part, place, street, house_number, postcode, city, state, country
FROM postal_address
WHERE kind = 'home'
