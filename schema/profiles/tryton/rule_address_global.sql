-- Every global rule group of addresses must accept the address by one of its rules; those of parties decided when the party was shown.
WITH class AS (
    SELECT class, min("user") AS "user" FROM reader GROUP BY class
),
global AS (
    SELECT DISTINCT r.id FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
    WHERE r.model = 'party.address' AND r.perm_read AND r.global_p
),
accepted AS (
    SELECT DISTINCT a.rule_group, x.address, class.class
    FROM accepted_address x
    JOIN alternative a ON a.rule = x.rule AND a.alternative = x.alternative AND a.is_global
    CROSS JOIN class
    WHERE NOT a.is_of_user
        OR EXISTS (SELECT 1 FROM held h WHERE h.rule = a.rule AND h.alternative = a.alternative AND h."user" = class."user")
)
SELECT address AS part, class AS principal
FROM accepted
GROUP BY address, class
HAVING count(*) = (SELECT count(*) FROM global)
