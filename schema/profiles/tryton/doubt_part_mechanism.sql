-- Contact mechanisms obey the rights of their parties; rights of their own are not understood.
SELECT 'rule group ' || id || ' speaks of ' || model || ', which the profile does not know' AS what
FROM ir_rule_group
WHERE model IN ('party.contact_mechanism') AND perm_read
UNION ALL
SELECT 'model access ' || id || ' denies reading ' || model
FROM ir_model_access
WHERE model IN ('party.contact_mechanism') AND active AND NOT perm_read
