-- Categories of contacts, from one JSON array of objects: one statement for all rows.
INSERT INTO contact_category (contact_id, category_id)
SELECT value ->> 'contact_id', value ->> 'category_id'
FROM json_each($1);
