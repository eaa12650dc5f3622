-- A global rule group applies to everybody, administrators too: every one of them must accept the party by one of its rules.
WITH class AS (
    SELECT class, min("user") AS "user" FROM reader GROUP BY class
),
global AS (
    SELECT DISTINCT r.id FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
    WHERE r.model = 'party.party' AND r.perm_read AND r.global_p
),
accepted AS (
    SELECT DISTINCT a.rule_group, x.party, class.class
    FROM accepted_party x
    JOIN alternative a ON a.rule = x.rule AND a.alternative = x.alternative AND a.is_global
    CROSS JOIN class
    WHERE NOT a.is_of_user
        OR EXISTS (SELECT 1 FROM held h WHERE h.rule = a.rule AND h.alternative = a.alternative AND h."user" = class."user")
)
SELECT party AS record, class AS principal
FROM accepted
GROUP BY party, class
HAVING count(*) = (SELECT count(*) FROM global)
UNION ALL
SELECT p.id, class.class
FROM class CROSS JOIN party_party p
WHERE p.active AND NOT EXISTS (SELECT 1 FROM global)
