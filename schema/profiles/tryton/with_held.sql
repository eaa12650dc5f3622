-- Who fulfils what an alternative asks of the user; of those that ask such a thing.
SELECT u.id AS "user", a.rule, a.alternative
FROM res_user u CROSS JOIN alternative a
WHERE a.is_of_user AND NOT EXISTS (
    SELECT 1 FROM word w
    WHERE w.rule = a.rule AND w.alternative = a.alternative AND w.kind = 'user'
        AND (w.operator = 'in') <> EXISTS (SELECT 1 FROM context c WHERE c."user" = u.id AND c.path = w.path AND c.number = w.number))
