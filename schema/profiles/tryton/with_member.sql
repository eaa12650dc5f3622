-- Who is in which group: a member of a group is a member of all its ancestors too; inactive groups are dropped only after that.
WITH RECURSIVE reached ("user", "group") AS (
    SELECT "user", "group" FROM "res_user-res_group"
    UNION
    SELECT reached."user", g.parent
    FROM reached JOIN res_group g ON g.id = reached."group"
    WHERE g.parent IS NOT NULL
)
SELECT reached."user", reached."group"
FROM reached JOIN res_group g ON g.id = reached."group"
WHERE g.active
