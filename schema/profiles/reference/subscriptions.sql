SELECT contact_id AS record, coalesce('user:' || user_id, 'group:' || group_id) AS principal, created_by AS "by", valid_from AS "from", valid_until AS until
FROM subscription
