-- Rules of contact mechanisms and of parties show an entry either way: to whom a rule shows the party it shows these too. So rules of their own
-- decide only for those to whom no rule group of parties applies, and for them only if one of contact mechanisms does.
SELECT 'user:' || u.id AS principal
FROM res_user u
WHERE u.id NOT IN (SELECT "user" FROM applies WHERE model = 'party.contact_mechanism' AND NOT is_empty)
    OR u.id IN (SELECT "user" FROM applies WHERE model = 'party.party' OR model = 'party.contact_mechanism' AND is_empty)
