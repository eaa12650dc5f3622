-- What rules may ask of a user, as Tryton puts it before them: his groups, the companies he works for at present, whether he administers.
SELECT "user", 'groups' AS path, "group" AS number FROM member
UNION ALL
SELECT id, 'companies', company FROM res_user WHERE company_filter = 'one' AND company IS NOT NULL
UNION ALL
SELECT uc."user", 'companies', uc.company
FROM "res_user-company_company" uc JOIN res_user u ON u.id = uc."user" AND u.company_filter = 'all'
UNION ALL
SELECT id, 'is_administrator', 1 FROM res_user WHERE administrator
