-- The contact mechanisms of which a word is true, negations left aside.
SELECT h.rule, h.alternative, h.no, m.id AS mechanism
FROM hit_party h
JOIN ir_rule d ON d.id = h.rule
JOIN ir_rule_group r ON r.id = d.rule_group AND r.model = 'party.contact_mechanism'
JOIN party_contact_mechanism m ON m.party = h.party
UNION ALL
SELECT s.rule, s.alternative, s.no, m.id
FROM sought s JOIN party_contact_mechanism m ON CASE s.path WHEN 'id' THEN m.id WHEN 'party' THEN m.party WHEN 'address' THEN m.address
    WHEN 'create_uid' THEN m.create_uid END = s.number
WHERE s.entity = 'party.contact_mechanism' AND s.operator IN ('in', 'not in') AND s.number IS NOT NULL
UNION ALL
SELECT s.rule, s.alternative, s.no, m.id
FROM sought s JOIN party_contact_mechanism m ON CASE s.path WHEN 'type' THEN m.type WHEN 'name' THEN m.name END = s.text
WHERE s.entity = 'party.contact_mechanism' AND s.path IN ('type', 'name') AND s.operator IN ('in', 'not in')
UNION ALL
SELECT s.rule, s.alternative, s.no, m.id
FROM sought s JOIN party_contact_mechanism m ON m.active = (s.text = 'true')
WHERE s.entity = 'party.contact_mechanism' AND s.path = 'active' AND s.operator IN ('in', 'not in')
UNION ALL
SELECT s.rule, s.alternative, s.no, m.id
FROM sought s JOIN party_contact_mechanism m ON CASE s.path WHEN 'address' THEN m.address IS NOT NULL WHEN 'name' THEN m.name IS NOT NULL
    WHEN 'create_uid' THEN m.create_uid IS NOT NULL WHEN 'id' THEN true WHEN 'party' THEN true WHEN 'type' THEN true WHEN 'active' THEN true
    ELSE false END
WHERE s.entity = 'party.contact_mechanism' AND s.operator IN ('none', 'some')
