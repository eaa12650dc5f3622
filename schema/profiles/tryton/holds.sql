-- A member of a group is a member of its ancestors too; inactive groups are dropped only after that. So a membership in an inactive
-- group counts for the nearest active groups above it; implies.sql goes on from there.
WITH RECURSIVE reached ("user", "group") AS (
    SELECT "user", "group" FROM "res_user-res_group"
    UNION
    SELECT reached."user", g.parent
    FROM reached JOIN res_group g ON g.id = reached."group"
    WHERE NOT g.active AND g.parent IS NOT NULL
)
SELECT reached."user" AS "user", 'group:' || g.id AS principal
FROM reached JOIN res_group g ON g.id = reached."group"
WHERE g.active
UNION ALL
SELECT id, 'administrator' FROM res_user WHERE administrator
