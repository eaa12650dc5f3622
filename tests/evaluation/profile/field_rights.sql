SELECT principal, 'main.' || field AS source, CASE WHEN may_read THEN 'grant' ELSE 'deny' END AS answer
FROM field_right
