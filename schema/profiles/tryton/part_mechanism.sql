-- Tryton orders by sequence, those without one first, then by id.
SELECT party AS record, id AS part, sequence IS NOT NULL AS has_sequence, sequence, id, type, value, name, comment
FROM party_contact_mechanism
WHERE active
