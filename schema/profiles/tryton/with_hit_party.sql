-- The parties of which a word is true, negations left aside.
WITH RECURSIVE below (rule, alternative, no, category) AS (
    SELECT rule, alternative, no, number FROM sought WHERE path = 'categories' AND operator IN ('child_of', 'not child_of')
    UNION
    SELECT below.rule, below.alternative, below.no, c.id
    FROM below JOIN party_category c ON c.parent = below.category
),
-- A word about one of many rows, by the row: the category or the address.
of_category AS (
    SELECT rule, alternative, no, number AS category
    FROM sought WHERE entity = 'party.party' AND path IN ('categories', 'categories.id') AND operator IN ('in', 'none where')
    UNION
    SELECT s.rule, s.alternative, s.no, c.id
    FROM sought s JOIN party_category c ON c.name = s.text
    WHERE s.entity = 'party.party' AND s.path = 'categories.name'
    UNION
    SELECT b.rule, b.alternative, b.no, b.category FROM below b JOIN party_category c ON c.id = b.category AND c.active
)
SELECT o.rule, o.alternative, o.no, pc.party
FROM of_category o JOIN "party_party-party_category" pc ON pc.category = o.category
UNION ALL
SELECT s.rule, s.alternative, s.no, pc.party
FROM sought s CROSS JOIN "party_party-party_category" pc
WHERE s.entity = 'party.party' AND s.path = 'categories' AND s.operator IN ('none', 'some')
UNION ALL
SELECT s.rule, s.alternative, s.no, p.id
FROM sought s JOIN party_party p ON p.id = s.number
WHERE s.entity = 'party.party' AND s.path = 'id'
UNION ALL
SELECT s.rule, s.alternative, s.no, p.id
FROM sought s JOIN party_party p ON CASE s.path WHEN 'name' THEN p.name WHEN 'code' THEN p.code END = s.text
WHERE s.entity = 'party.party' AND s.path IN ('name', 'code') AND s.operator IN ('in', 'not in')
UNION ALL
SELECT s.rule, s.alternative, s.no, p.id
FROM sought s JOIN party_party p ON CASE s.path WHEN 'create_uid' THEN p.create_uid WHEN 'replaced_by' THEN p.replaced_by END = s.number
WHERE s.entity = 'party.party' AND s.path IN ('create_uid', 'replaced_by') AND s.operator IN ('in', 'not in')
UNION ALL
SELECT s.rule, s.alternative, s.no, p.id
FROM sought s JOIN party_party p
    ON CASE s.path WHEN 'id' THEN true WHEN 'active' THEN true WHEN 'name' THEN p.name IS NOT NULL WHEN 'code' THEN p.code IS NOT NULL
        WHEN 'create_uid' THEN p.create_uid IS NOT NULL WHEN 'replaced_by' THEN p.replaced_by IS NOT NULL ELSE false END
WHERE s.entity = 'party.party' AND s.operator IN ('none', 'some')
UNION ALL
SELECT s.rule, s.alternative, s.no, p.id
FROM sought s JOIN party_party p ON p.active = (s.text = 'true')
WHERE s.entity = 'party.party' AND s.path = 'active' AND s.operator IN ('in', 'not in')
UNION ALL
-- Of the addresses of a listed party only active ones count.
SELECT s.rule, s.alternative, s.no, a.party
FROM sought s
JOIN country_country c ON c.code = s.text
JOIN party_address a ON a.country = c.id AND a.active
WHERE s.entity = 'party.party' AND s.path = 'addresses.country.code'
UNION ALL
SELECT s.rule, s.alternative, s.no, a.party
FROM sought s
JOIN country_subdivision d ON d.code = s.text
JOIN party_address a ON a.subdivision = d.id AND a.active
WHERE s.entity = 'party.party' AND s.path = 'addresses.subdivision.code'
UNION ALL
SELECT s.rule, s.alternative, s.no, a.party
FROM sought s JOIN party_address a ON CASE s.path WHEN 'addresses.country' THEN a.country ELSE a.subdivision END = s.number AND a.active
WHERE s.entity = 'party.party' AND s.path IN ('addresses.country', 'addresses.subdivision')
UNION ALL
SELECT s.rule, s.alternative, s.no, a.party
FROM sought s JOIN party_address a ON a.active AND CASE
    WHEN s.operator = 'like' THEN substr(a.postal_code, 1, length(s.text) - 1) = substr(s.text, 1, length(s.text) - 1)
    WHEN s.path = 'addresses.city' THEN a.city = s.text
    ELSE a.postal_code = s.text END
WHERE s.entity = 'party.party' AND s.path IN ('addresses.city', 'addresses.postal_code')
