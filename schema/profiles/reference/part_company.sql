-- Looked up: the same company row for each of its contacts.
SELECT contact.id AS record, company.id AS part, company.name, company.industry, company.employees, company.website
FROM contact
JOIN company ON company.id = contact.company_id
