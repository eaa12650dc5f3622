-- The two companies of region Süd with the most contacts: the key account team works for their competitors.
INSERT INTO ethical_wall (company_id, group_id, valid_from, valid_until)
SELECT company_id, 'schluesselkunden-sued', NULL, NULL
FROM contact
WHERE region = 'Süd' AND company_id IS NOT NULL
GROUP BY company_id
ORDER BY count(*) DESC, company_id
LIMIT 2;
