-- A colleague from Austria with an address book leaves the company.
UPDATE crm_user
SET is_active = 0
WHERE id = (SELECT id FROM seated_user WHERE home = 'vertrieb-at' ORDER BY owned DESC, id LIMIT 1)
RETURNING id AS user_id, NULL AS group_id, NULL AS contact_id, NULL AS field;
