SELECT coalesce('user:' || user_id, 'group:' || group_id) AS holder, expression AS filter
FROM address_book_filter
