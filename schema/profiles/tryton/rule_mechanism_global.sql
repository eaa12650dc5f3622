-- Every global rule group of contact mechanisms must accept it by one of its rules; those of parties decided when the party was shown.
WITH class AS (
    SELECT class, min("user") AS "user" FROM reader GROUP BY class
),
global AS (
    SELECT DISTINCT r.id FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
    WHERE r.model = 'party.contact_mechanism' AND r.perm_read AND r.global_p
),
accepted AS (
    SELECT DISTINCT a.rule_group, x.mechanism, class.class
    FROM accepted_mechanism x
    JOIN alternative a ON a.rule = x.rule AND a.alternative = x.alternative AND a.is_global
    CROSS JOIN class
    WHERE NOT a.is_of_user
        OR EXISTS (SELECT 1 FROM held h WHERE h.rule = a.rule AND h.alternative = a.alternative AND h."user" = class."user")
)
SELECT mechanism AS part, class AS principal
FROM accepted
GROUP BY mechanism, class
HAVING count(*) = (SELECT count(*) FROM global)
