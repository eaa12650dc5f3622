SELECT 'everyone' AS principal
WHERE NOT EXISTS (
    SELECT 1 FROM ir_rule_group r JOIN ir_rule d ON d.rule_group = r.id WHERE r.model = 'party.address' AND r.perm_read AND r.global_p)
