-- A contact that its owner has in his address book gets another office number.
UPDATE phone
SET number = $1
WHERE id = (
    SELECT p.id
    FROM phone p
    JOIN plain_contact c ON c.id = p.contact_id
    JOIN calm_user u ON u.id = c.owner_id
    WHERE u.home = 'vertrieb-nord' AND p.kind = 'office' AND p.place = 1 AND p.is_private = 0 AND p.number <> $1
      AND c.last_name IS NOT NULL AND c.first_name IS NOT NULL
    ORDER BY u.owned DESC, c.id
    LIMIT 1
)
RETURNING (SELECT owner_id FROM contact WHERE contact.id = phone.contact_id) AS user_id, NULL AS group_id, contact_id, 'phone.number' AS field;
