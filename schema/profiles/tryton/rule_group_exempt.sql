-- Users to whom no rule group applies (all but the global ones are meant): Tryton shows them everything.
WITH RECURSIVE member ("user", "group") AS (
    SELECT "user", "group" FROM "res_user-res_group"
    UNION
    SELECT member."user", g.parent
    FROM member JOIN res_group g ON g.id = member."group"
    WHERE g.parent IS NOT NULL
),
rule_group AS (
    SELECT id FROM ir_rule_group WHERE model = 'party.party' AND perm_read AND NOT global_p
)
SELECT 'user:' || u.id AS principal
FROM res_user u
WHERE NOT (u.administrator AND EXISTS (SELECT 1 FROM rule_group))
    AND u.id NOT IN (
        SELECT member."user"
        FROM member
        JOIN res_group g ON g.id = member."group" AND g.active
        JOIN "ir_rule_group-res_group" rg ON rg."group" = g.id
        JOIN rule_group ON rule_group.id = rg.rule_group)
