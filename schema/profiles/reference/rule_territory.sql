-- Those with whom the contact was shared, the region's people, and who looks after it.
SELECT contact_id AS record, coalesce('user:' || user_id, 'group:' || group_id) AS principal, valid_from AS "from", valid_until AS until
FROM contact_share
UNION ALL
SELECT id, 'region:' || region, NULL, NULL
FROM contact
UNION ALL
SELECT id, 'owner:' || owner_id, NULL, NULL
FROM contact
WHERE owner_id IS NOT NULL
