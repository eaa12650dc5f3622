-- The alternatives of all rules: how many words about a record must hold, and whether they ask something of the user too. A rule that is not
-- understood in one alternative counts for nothing in any.
WITH asked AS (
    SELECT rule, alternative, count(DISTINCT CASE WHEN NOT is_negated THEN no END) AS holding,
        max(CASE WHEN is_understood THEN 0 ELSE 1 END) AS strange
    FROM sought
    GROUP BY rule, alternative
),
of_user AS (
    SELECT DISTINCT rule, alternative FROM word WHERE kind = 'user'
)
SELECT r.id AS rule_group, r.model, r.global_p AS is_global, w.rule, w.alternative, coalesce(a.holding, 0) AS holding,
    max(coalesce(a.strange, 0)) OVER (PARTITION BY w.rule) = 0 AS is_understood, u.rule IS NOT NULL AS is_of_user
FROM (SELECT DISTINCT rule, alternative FROM word) w
JOIN ir_rule d ON d.id = w.rule
JOIN ir_rule_group r ON r.id = d.rule_group
LEFT JOIN asked a ON a.rule = w.rule AND a.alternative = w.alternative
LEFT JOIN of_user u ON u.rule = w.rule AND u.alternative = w.alternative
