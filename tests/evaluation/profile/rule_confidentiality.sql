SELECT contact_id AS record, principal
FROM contact_secret
