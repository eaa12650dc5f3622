-- The region's people, who looks after the contact, and those with whom it was shared.
SELECT id AS record, 'region:' || region AS principal, NULL AS "from", NULL AS until
FROM contact
UNION ALL
SELECT id, 'owner:' || owner_id, NULL, NULL
FROM contact
WHERE owner_id IS NOT NULL
UNION ALL
SELECT contact_id, coalesce('user:' || user_id, 'group:' || group_id), valid_from, valid_until
FROM contact_share
