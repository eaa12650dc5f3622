SELECT user_id AS user, valid_from AS "from", valid_until AS until
FROM address_book_seat
