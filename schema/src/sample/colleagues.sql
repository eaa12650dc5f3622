-- Whom the generator may make owner, sharer or subscriber: active, internal, and the region they work for.
SELECT u.id, coalesce(u.region, '') AS region, coalesce(u.department, '') AS department,
       (SELECT min(m.group_id) FROM group_member m WHERE m.user_id = u.id AND m.valid_from IS NULL AND m.valid_until IS NULL) AS home,
       EXISTS (SELECT 1 FROM address_book_seat s WHERE s.user_id = u.id) AS has_seat
FROM crm_user u
WHERE u.is_active = 1 AND u.is_internal = 1
ORDER BY u.id;
