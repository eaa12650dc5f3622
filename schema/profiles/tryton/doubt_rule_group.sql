-- Rule groups of which rule_group.sql cannot say whom they show what.
SELECT 'rule ' || d.id || ' of rule group ' || r.id || ' has a domain that the profile does not know' AS what
FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
WHERE r.model = 'party.party' AND r.perm_read AND NOT r.global_p
    AND NOT coalesce(json_array_length(d.domain) = 1 AND json_array_length(d.domain, '$[0]') = 3
        AND json_extract(d.domain, '$[0][0]') IN ('addresses.country.code', 'categories.name')
        AND json_extract(d.domain, '$[0][1]') = '=' AND json_type(d.domain, '$[0][2]') = 'text', 0)
UNION ALL
SELECT 'rule group ' || r.id || ' has no rule: Tryton then shows everything to whom it applies'
FROM ir_rule_group r
WHERE r.model = 'party.party' AND r.id NOT IN (SELECT rule_group FROM ir_rule)
UNION ALL
SELECT 'rule group ' || r.id || ' applies to everybody by default'
FROM ir_rule_group r
WHERE r.model = 'party.party' AND r.perm_read AND r.default_p
UNION ALL
-- A rule compares with the name in the language of the user who asks.
SELECT 'category ' || c.id || ' has another name in the language ' || t.lang
FROM party_category c
JOIN ir_translation t ON t.name = 'party.category,name' AND t.type = 'model' AND t.res_id = c.id
WHERE t.value <> '' AND t.value <> c.name
    AND EXISTS (SELECT 1 FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id
        WHERE r.model = 'party.party' AND r.perm_read AND d.domain LIKE '%categories%')
