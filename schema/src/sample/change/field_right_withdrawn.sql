-- The group with the most address books among those that may read a field by name may not any more.
UPDATE field_right
SET may_read = 0
WHERE id = (
    SELECT f.id
    FROM field_right f
    JOIN group_member m ON m.group_id = f.group_id
    JOIN address_book_seat s ON s.user_id = m.user_id
    WHERE f.may_read = 1 AND f.valid_from IS NULL AND f.valid_until IS NULL
    GROUP BY f.id
    ORDER BY count(*) DESC, f.id
    LIMIT 1
)
RETURNING user_id, group_id, NULL AS contact_id, field;
