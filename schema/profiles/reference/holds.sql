-- Groups, regions of single users, and `owner:KEY`: what a user looks after himself or stands in for.
SELECT user_id AS user, 'group:' || group_id AS principal, valid_from AS "from", valid_until AS until
FROM group_member
UNION ALL
SELECT user_id, 'region:' || region, valid_from, valid_until
FROM territory
WHERE user_id IS NOT NULL
UNION ALL
SELECT id, 'owner:' || id, NULL, NULL
FROM crm_user
UNION ALL
SELECT user_id, 'owner:' || stands_for_id, valid_from, valid_until
FROM deputy
