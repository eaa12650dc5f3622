SELECT contact_id AS record
FROM erasure
