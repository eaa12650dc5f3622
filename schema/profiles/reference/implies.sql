-- Groups work regions; members of a group are members of its parent; groups may know what is confidential.
SELECT 'group:' || group_id AS principal, 'region:' || region AS implied, valid_from AS "from", valid_until AS until
FROM territory
WHERE group_id IS NOT NULL
UNION ALL
SELECT 'group:' || id, 'group:' || parent_id, NULL, NULL
FROM user_group
WHERE parent_id IS NOT NULL
UNION ALL
SELECT 'group:' || group_id, 'level:' || level, NULL, NULL
FROM confidentiality_reader
UNION ALL
SELECT 'group:' || group_id, 'private phones', NULL, NULL
FROM private_phone_reader
UNION ALL
SELECT 'group:' || group_id, 'mandates', NULL, NULL
FROM mandate_reader
