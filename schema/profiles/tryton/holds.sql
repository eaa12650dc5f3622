-- A membership in an inactive group counts for the nearest active groups above it; implies.sql goes on from there.
WITH RECURSIVE reached ("user", "group") AS (
    SELECT "user", "group" FROM "res_user-res_group"
    UNION
    SELECT reached."user", g.parent
    FROM reached JOIN res_group g ON g.id = reached."group"
    WHERE NOT g.active AND g.parent IS NOT NULL
)
SELECT reached."user" AS "user", 'group:' || g.id AS principal
FROM reached JOIN res_group g ON g.id = reached."group"
WHERE g.active
UNION ALL
SELECT id, 'administrator' FROM res_user WHERE administrator
UNION ALL
SELECT "user", class FROM reader
UNION ALL
-- What a rule shows only to users of whom something more is true.
SELECT h."user", 'rule:' || h.rule || '.' || h.alternative
FROM held h
JOIN ir_rule d ON d.id = h.rule
JOIN applies ON applies."user" = h."user" AND applies.rule_group = d.rule_group
