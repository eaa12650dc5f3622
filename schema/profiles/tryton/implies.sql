-- From an active group to the nearest active groups above it, and from whoever a rule group applies to to the rule group.
-- For an administrator every rule group that is not global applies, those of inactive groups included.
WITH RECURSIVE above (inner_group, outer_group) AS (
    SELECT id, parent FROM res_group WHERE active AND parent IS NOT NULL
    UNION
    SELECT above.inner_group, g.parent
    FROM above JOIN res_group g ON g.id = above.outer_group
    WHERE NOT g.active AND g.parent IS NOT NULL
),
rule_group AS (
    SELECT id, default_p FROM ir_rule_group
    WHERE model IN ('party.party', 'party.address', 'party.contact_mechanism') AND perm_read AND NOT global_p
)
SELECT 'group:' || above.inner_group AS principal, 'group:' || g.id AS implied
FROM above JOIN res_group g ON g.id = above.outer_group
WHERE g.active
UNION ALL
SELECT 'group:' || g.id, 'rule_group:' || r.id
FROM rule_group r
JOIN "ir_rule_group-res_group" rg ON rg.rule_group = r.id
JOIN res_group g ON g.id = rg."group"
WHERE g.active
UNION ALL
SELECT 'administrator', 'rule_group:' || id FROM rule_group
UNION ALL
SELECT 'everyone', 'rule_group:' || id FROM rule_group WHERE default_p
