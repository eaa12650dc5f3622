-- Categories are read by everybody; rights of their own are not understood.
SELECT 'rule group ' || id || ' speaks of ' || model || ', which the profile does not know' AS what
FROM ir_rule_group
WHERE model IN ('party.category', 'party.party-party.category') AND perm_read
UNION ALL
SELECT 'model access ' || id || ' denies reading ' || model
FROM ir_model_access
WHERE model IN ('party.category', 'party.party-party.category') AND active AND NOT perm_read
