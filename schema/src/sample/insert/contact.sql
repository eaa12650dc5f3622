-- Contacts, from one JSON array of objects: one statement for all rows.
INSERT INTO contact (id, company_id, salutation, academic_title, first_name, last_name, department, job_title, birthday, customer_no, region, owner_id, revenue, newsletter, confidentiality, last_activity, notes, changed_at)
SELECT value ->> 'id', value ->> 'company_id', value ->> 'salutation', value ->> 'academic_title', value ->> 'first_name', value ->> 'last_name', value ->> 'department', value ->> 'job_title', value ->> 'birthday', value ->> 'customer_no', value ->> 'region', value ->> 'owner_id', value ->> 'revenue', value ->> 'newsletter', value ->> 'confidentiality', value ->> 'last_activity', value ->> 'notes', value ->> 'changed_at'
FROM json_each($1);
