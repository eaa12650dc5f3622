-- Users to whom no rule group applies but global ones, or one that has no rule: Tryton shows them everything.
SELECT 'user:' || u.id AS principal
FROM res_user u
WHERE u.id NOT IN (SELECT "user" FROM applies WHERE model = 'party.party' AND NOT is_empty)
    OR u.id IN (SELECT "user" FROM applies WHERE model = 'party.party' AND is_empty)
