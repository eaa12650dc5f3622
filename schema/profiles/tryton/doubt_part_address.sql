-- Addresses obey the rights of their parties; rights of their own, or of the countries they show, are not understood.
SELECT 'rule group ' || id || ' speaks of ' || model || ', which the profile does not know' AS what
FROM ir_rule_group
WHERE model IN ('party.address', 'country.country', 'country.subdivision') AND perm_read
UNION ALL
SELECT 'model access ' || id || ' denies reading ' || model
FROM ir_model_access
WHERE model IN ('party.address', 'country.country', 'country.subdivision') AND active AND NOT perm_read
