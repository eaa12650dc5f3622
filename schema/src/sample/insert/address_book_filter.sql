-- Filters, from one JSON array of objects: one statement for all rows.
INSERT INTO address_book_filter (user_id, expression, changed_by)
SELECT value ->> 'user_id', value ->> 'expression', value ->> 'changed_by'
FROM json_each($1);
