-- Lists of Tryton show active parties only; a merged party is inactive. Persons and companies alike have one name and nothing that
-- tells them apart.
SELECT id AS record, name, code
FROM party_party
WHERE active
