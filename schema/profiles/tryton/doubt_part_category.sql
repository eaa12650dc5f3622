-- Rules of categories are not understood.
SELECT 'rule group ' || id || ' speaks of ' || model || ', which the profile does not know' AS what
FROM ir_rule_group
WHERE model IN ('party.category', 'party.party-party.category') AND perm_read
