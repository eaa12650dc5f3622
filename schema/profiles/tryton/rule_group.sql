-- Parties that the rules of rule groups that are not global accept, each for whom its rule group applies to.
SELECT DISTINCT x.party AS record, CASE WHEN a.is_of_user THEN 'rule:' || a.rule || '.' || a.alternative ELSE 'rule_group:' || a.rule_group END AS principal
FROM accepted_party x JOIN alternative a ON a.rule = x.rule AND a.alternative = x.alternative
WHERE NOT a.is_global
