SELECT id AS "group", name
FROM res_group
WHERE active
