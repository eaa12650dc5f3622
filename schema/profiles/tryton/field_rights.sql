-- A source is named as Tryton names the field: model.field. A line without a group speaks of everybody. One "yes" among a user's lines
-- lifts every "no"; no line at all means readable.
SELECT 'group:' || g.id AS principal, f.model || '.' || f.field AS source, CASE WHEN f.perm_read THEN 'grant' ELSE 'deny' END AS answer
FROM ir_model_field_access f
JOIN res_group g ON g.id = f."group"
WHERE f.active AND g.active
UNION ALL
SELECT 'everyone', model || '.' || field, CASE WHEN perm_read THEN 'grant' ELSE 'deny' END
FROM ir_model_field_access
WHERE active AND "group" IS NULL
