-- The level is listed even if no group reads it: a confidential contact never becomes open for want of readers.
SELECT id AS record, 'level:' || confidentiality AS principal
FROM contact
WHERE confidentiality IS NOT NULL
UNION ALL
SELECT id, 'owner:' || owner_id
FROM contact
WHERE confidentiality IS NOT NULL AND owner_id IS NOT NULL
