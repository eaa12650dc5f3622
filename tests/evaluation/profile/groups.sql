SELECT id AS "group", name
FROM user_group
