-- A user reserves a contact of his region that a colleague looks after.
INSERT INTO subscription (contact_id, user_id, group_id, created_by)
SELECT c.id, u.id, NULL, u.id
FROM calm_user u
JOIN user_region r ON r.user_id = u.id
JOIN plain_contact c ON c.region = r.region
WHERE u.home = 'vertrieb-at' AND c.owner_id IS NOT u.id AND c.last_name IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.contact_id = c.id)
ORDER BY u.owned, u.id, c.id
LIMIT 1
RETURNING user_id, group_id, contact_id, NULL AS field;
