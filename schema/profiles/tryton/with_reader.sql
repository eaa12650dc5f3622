-- Who may read parties at all, and what global rules know of him: users of whom they know the same form a class.
WITH asked AS (
    SELECT DISTINCT w.path, w.number
    FROM word w JOIN alternative a ON a.rule = w.rule AND a.alternative = w.alternative
    WHERE w.kind = 'user' AND a.is_global
),
denied AS (
    SELECT u.id AS "user"
    FROM res_user u
    JOIN ir_model_access a ON a.model = 'party.party' AND a.active
        AND (a."group" IS NULL OR EXISTS (SELECT 1 FROM member m WHERE m."user" = u.id AND m."group" = a."group"))
    WHERE NOT u.administrator
    GROUP BY u.id
    HAVING max(CASE WHEN a.perm_read THEN 1 ELSE 0 END) = 0
)
SELECT u.id AS "user", 'reader:' || coalesce((
    SELECT string_agg(c.path || ' ' || c.number, ', ' ORDER BY c.path, c.number)
    FROM context c JOIN asked ON asked.path = c.path AND asked.number = c.number
    WHERE c."user" = u.id), '') AS class
FROM res_user u
WHERE u.active AND u.id NOT IN (SELECT "user" FROM denied)
