-- Users, from one JSON array of objects: one statement for all rows.
INSERT INTO crm_user (id, login, first_name, last_name, mail, region, department, is_active, is_internal)
SELECT value ->> 'id', value ->> 'login', value ->> 'first_name', value ->> 'last_name', value ->> 'mail', value ->> 'region', value ->> 'department', value ->> 'is_active', value ->> 'is_internal'
FROM json_each($1);
