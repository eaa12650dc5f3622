-- Inactive categories stay on their parties. A path that runs in a circle ends after 20 steps.
WITH RECURSIVE path (category, parent, name, depth) AS (
    SELECT id, parent, name, 1 FROM party_category
    UNION ALL
    SELECT path.category, c.parent, c.name || ' / ' || path.name, path.depth + 1
    FROM path JOIN party_category c ON c.id = path.parent
    WHERE path.depth < 20
)
SELECT DISTINCT pc.party AS record, c.id AS part, c.name, path.name AS path
FROM "party_party-party_category" pc
JOIN party_category c ON c.id = pc.category
JOIN path ON path.category = c.id AND (path.parent IS NULL OR path.depth = 20)
