-- Members of a group are members of its parent; groups work regions and may know what is confidential.
SELECT 'group:' || id AS principal, 'group:' || parent_id AS implied, NULL AS "from", NULL AS until
FROM user_group
WHERE parent_id IS NOT NULL
UNION ALL
SELECT 'group:' || group_id, 'region:' || region, valid_from, valid_until
FROM territory
WHERE group_id IS NOT NULL
UNION ALL
SELECT 'group:' || group_id, 'level:' || level, NULL, NULL
FROM confidentiality_reader
UNION ALL
SELECT 'group:' || group_id, 'private phones', NULL, NULL
FROM private_phone_reader
UNION ALL
SELECT 'group:' || group_id, 'mandates', NULL, NULL
FROM mandate_reader
