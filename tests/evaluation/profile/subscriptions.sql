SELECT contact_id AS record, principal, created_by AS "by"
FROM subscription
