-- A source is named as Tryton names the field, model.field, or the model alone where all of it may be denied. A line without a group speaks
-- of everybody. One "yes" among a user's lines lifts every "no"; no line at all means readable.
WITH line AS (
    SELECT model || '.' || field AS source, "group", perm_read FROM ir_model_field_access WHERE active
    UNION ALL
    SELECT model, "group", perm_read FROM ir_model_access
    WHERE active AND model IN ('party.address', 'party.contact_mechanism', 'party.category', 'party.party-party.category',
        'country.country', 'country.subdivision')
    UNION ALL
    -- The rights to parties are rights to what hangs on them, too.
    SELECT child.model, a."group", a.perm_read
    FROM ir_model_access a CROSS JOIN (SELECT 'party.address' AS model UNION ALL SELECT 'party.contact_mechanism') child
    WHERE a.active AND a.model = 'party.party'
)
SELECT CASE WHEN line."group" IS NULL THEN 'everyone' ELSE 'group:' || g.id END AS principal, line.source,
    CASE WHEN line.perm_read THEN 'grant' ELSE 'deny' END AS answer
FROM line LEFT JOIN res_group g ON g.id = line."group"
WHERE line."group" IS NULL OR g.active
