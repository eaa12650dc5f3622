SELECT id AS record,
       salutation, academic_title, first_name, last_name,
       nullif(trim(coalesce(academic_title || ' ', '') || coalesce(first_name || ' ', '') || coalesce(last_name, '')), '') AS full_name,
       department, job_title, birthday, customer_no, region,
       CASE region WHEN 'Österreich' THEN 'AT' WHEN 'Schweiz' THEN 'CH' ELSE 'DE' END AS region_country,
       owner_id AS owner, revenue, newsletter, confidentiality, last_activity, notes, changed_at
FROM contact
