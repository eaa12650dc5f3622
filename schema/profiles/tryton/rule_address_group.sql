-- Addresses that the rules of rule groups that are not global accept, each for whom its rule group applies to.
SELECT DISTINCT x.address AS part, CASE WHEN a.is_of_user THEN 'rule:' || a.rule || '.' || a.alternative ELSE 'rule_group:' || a.rule_group END AS principal
FROM accepted_address x JOIN alternative a ON a.rule = x.rule AND a.alternative = x.alternative
WHERE NOT a.is_global
