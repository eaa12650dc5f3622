-- The addresses of which a word is true, negations left aside.
SELECT h.rule, h.alternative, h.no, a.id AS address
FROM hit_party h
JOIN ir_rule d ON d.id = h.rule
JOIN ir_rule_group r ON r.id = d.rule_group AND r.model = 'party.address'
JOIN party_address a ON a.party = h.party
UNION ALL
SELECT s.rule, s.alternative, s.no, a.id
FROM sought s JOIN party_address a ON CASE s.path WHEN 'id' THEN a.id WHEN 'party' THEN a.party WHEN 'country' THEN a.country
    WHEN 'subdivision' THEN a.subdivision WHEN 'create_uid' THEN a.create_uid END = s.number
WHERE s.entity = 'party.address' AND s.operator IN ('in', 'not in') AND s.number IS NOT NULL
UNION ALL
SELECT s.rule, s.alternative, s.no, a.id
FROM sought s JOIN party_address a ON CASE
    WHEN s.operator = 'like' THEN substr(a.postal_code, 1, length(s.text) - 1) = substr(s.text, 1, length(s.text) - 1)
    WHEN s.path = 'city' THEN a.city = s.text
    WHEN s.path = 'postal_code' THEN a.postal_code = s.text
    ELSE a.active = (s.text = 'true') END
WHERE s.entity = 'party.address' AND s.path IN ('city', 'postal_code', 'active') AND s.operator IN ('in', 'not in', 'like')
UNION ALL
SELECT s.rule, s.alternative, s.no, a.id
FROM sought s
JOIN country_country c ON c.code = s.text
JOIN party_address a ON a.country = c.id
WHERE s.entity = 'party.address' AND s.path = 'country.code'
UNION ALL
SELECT s.rule, s.alternative, s.no, a.id
FROM sought s
JOIN country_subdivision d ON d.code = s.text
JOIN party_address a ON a.subdivision = d.id
WHERE s.entity = 'party.address' AND s.path = 'subdivision.code'
UNION ALL
SELECT s.rule, s.alternative, s.no, a.id
FROM sought s JOIN party_address a ON CASE s.path WHEN 'country' THEN a.country IS NOT NULL WHEN 'subdivision' THEN a.subdivision IS NOT NULL
    WHEN 'city' THEN a.city IS NOT NULL WHEN 'postal_code' THEN a.postal_code IS NOT NULL WHEN 'create_uid' THEN a.create_uid IS NOT NULL
    WHEN 'id' THEN true WHEN 'party' THEN true WHEN 'active' THEN true ELSE false END
WHERE s.entity = 'party.address' AND s.operator IN ('none', 'some')
