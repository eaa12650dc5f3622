-- Which rule groups apply to whom beside the global ones. A rule group without rules applies as well: it shows everything, even if it is not
-- about reading, but then to members and administrators alone.
SELECT u.id AS "user", r.id AS rule_group, r.model, r.id NOT IN (SELECT rule_group FROM ir_rule) AS is_empty
FROM res_user u CROSS JOIN ir_rule_group r
WHERE r.model IN ('party.party', 'party.address', 'party.contact_mechanism')
    AND CASE WHEN r.id IN (SELECT rule_group FROM ir_rule)
        THEN r.perm_read AND NOT r.global_p AND (r.default_p OR u.administrator OR EXISTS (
            SELECT 1 FROM "ir_rule_group-res_group" rg JOIN member m ON m."group" = rg."group"
            WHERE rg.rule_group = r.id AND m."user" = u.id))
        ELSE u.administrator OR EXISTS (
            SELECT 1 FROM "ir_rule_group-res_group" rg JOIN member m ON m."group" = rg."group"
            WHERE rg.rule_group = r.id AND m."user" = u.id) END
