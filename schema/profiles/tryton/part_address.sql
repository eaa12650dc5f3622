-- The street is written as Tryton's field `street` does it: rid of separators between which nothing stands; the unstructured street only
-- where that leaves nothing.
WITH written AS (
    SELECT id, trim(trim(first, ' ,/–') || '
' || trim(rest, ' ,/–
'), '
') AS street
    FROM street
)
SELECT a.party AS record, a.id AS part, a.sequence IS NOT NULL AS has_sequence, a.sequence, a.id,
    a.party_name, a.attn, coalesce(nullif(w.street, ''), a.street_unstructured) AS street, a.postal_code, a.city,
    s.name AS subdivision, c.code AS country
FROM party_address a
JOIN written w ON w.id = a.id
LEFT JOIN country_country c ON c.id = a.country
LEFT JOIN country_subdivision s ON s.id = a.subdivision
