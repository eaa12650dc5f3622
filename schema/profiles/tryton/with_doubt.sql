-- What cannot be said of rules: domains beyond what README.md lists, and categories whose names differ by language.
SELECT r.model, r.global_p AS is_global, 'rule ' || d.id || ' of rule group ' || r.id || ' on ' || r.model || ' has a domain that the profile does not know' AS what
FROM ir_rule d JOIN ir_rule_group r ON r.id = d.rule_group
WHERE r.perm_read AND r.model IN ('party.party', 'party.address', 'party.contact_mechanism')
    AND (d.id NOT IN (SELECT rule FROM alternative) OR d.id IN (SELECT rule FROM alternative WHERE NOT is_understood))
UNION ALL
-- A rule compares with the name in the language of the user who asks.
SELECT DISTINCT r.model, r.global_p,
    'rule ' || d.id || ' of rule group ' || r.id || ' on ' || r.model || ' names category ' || c.id || ', which has another name in the language ' || t.lang
FROM sought s
JOIN ir_rule d ON d.id = s.rule
JOIN ir_rule_group r ON r.id = d.rule_group
JOIN ir_translation t ON t.name = 'party.category,name' AND t.type = 'model'
JOIN party_category c ON c.id = t.res_id
WHERE s.path = 'categories.name' AND t.value <> '' AND t.value <> c.name AND (s.text = c.name OR s.text = t.value)
