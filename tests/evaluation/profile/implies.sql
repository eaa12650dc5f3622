-- Members of a group are members of its parent.
SELECT 'group:' || id AS principal, 'group:' || parent_id AS implied
FROM user_group
WHERE parent_id IS NOT NULL
