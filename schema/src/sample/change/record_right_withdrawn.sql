-- A contact shared with one user is shared no longer.
DELETE FROM contact_share
WHERE id = (SELECT id FROM only_share WHERE valid_from IS NULL AND valid_until IS NULL ORDER BY home = 'vertrieb-sued' DESC, owned, id LIMIT 1)
RETURNING user_id, group_id, contact_id, NULL AS field;
