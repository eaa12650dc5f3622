-- Rules of the countries that addresses show are not understood.
SELECT 'rule group ' || id || ' speaks of ' || model || ', which the profile does not know' AS what
FROM ir_rule_group
WHERE model IN ('country.country', 'country.subdivision') AND perm_read
