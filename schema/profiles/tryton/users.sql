-- Everybody who may log in, or once might. User 0 is Tryton itself.
SELECT id AS "user", login, email AS mail, active, name
FROM res_user
WHERE id <> 0
