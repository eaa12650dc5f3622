-- Companies, from one JSON array of objects: one statement for all rows.
INSERT INTO company (id, name, industry, employees, website, is_secret)
SELECT value ->> 'id', value ->> 'name', value ->> 'industry', value ->> 'employees', value ->> 'website', value ->> 'is_secret'
FROM json_each($1);
