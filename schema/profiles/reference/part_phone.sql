SELECT contact_id AS record, id AS part, place, kind, number
FROM phone
