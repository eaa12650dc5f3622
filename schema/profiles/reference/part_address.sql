SELECT contact_id AS record, id AS part, place, kind, street, house_number, postcode, city, state, country
FROM postal_address
