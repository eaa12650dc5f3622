-- The CRM names fields TABLE.COLUMN; the profile's parts are named otherwise. What is not listed here is doubtful: doubt_field_rights.sql.
SELECT coalesce('user:' || user_id, 'group:' || group_id) AS principal,
       CASE
           WHEN field LIKE 'contact.%' THEN 'main.' || substr(field, 9)
           WHEN field LIKE 'mail_address.%' THEN 'mail.' || substr(field, 14)
           WHEN field LIKE 'postal_address.%' THEN 'address.' || substr(field, 16)
           ELSE field
       END AS source,
       CASE WHEN may_read THEN 'grant' ELSE 'deny' END AS answer,
       valid_from AS "from", valid_until AS until
FROM field_right
