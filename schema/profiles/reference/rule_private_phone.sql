SELECT id AS part, 'private phones' AS principal
FROM phone
WHERE is_private
UNION ALL
SELECT phone.id, 'owner:' || contact.owner_id
FROM phone
JOIN contact ON contact.id = phone.contact_id
WHERE phone.is_private AND contact.owner_id IS NOT NULL
