-- The CRM names fields TABLE.COLUMN; the profile's parts are named otherwise. What is not listed here is doubtful: doubt_field_rights.sql.
SELECT coalesce('user:' || user_id, 'group:' || group_id) AS principal,
       CASE substr(field, 1, instr(field, '.') - 1)
           WHEN 'contact' THEN 'main'
           WHEN 'mail_address' THEN 'mail'
           WHEN 'postal_address' THEN 'address'
           ELSE substr(field, 1, instr(field, '.') - 1)
       END || substr(field, instr(field, '.')) AS source,
       CASE may_read WHEN 1 THEN 'grant' ELSE 'deny' END AS answer,
       valid_from AS "from", valid_until AS until
FROM field_right
