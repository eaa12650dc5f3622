SELECT contact_category.contact_id AS record, category.id AS part, category.name
FROM contact_category
JOIN category ON category.id = contact_category.category_id
