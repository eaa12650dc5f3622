-- A share that was to last for some days more ends at the instant given.
UPDATE contact_share
SET valid_until = $1
WHERE id = (
    SELECT id FROM only_share WHERE valid_from IS NULL AND valid_until > $1 ORDER BY home = 'vertrieb-ch' DESC, owned, id LIMIT 1
)
RETURNING user_id, group_id, contact_id, NULL AS field;
