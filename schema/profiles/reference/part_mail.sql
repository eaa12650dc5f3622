SELECT contact_id AS record, id AS part, place, address
FROM mail_address
