-- Seats, from one JSON array of objects: one statement for all rows.
INSERT INTO address_book_seat (user_id)
SELECT value ->> 'user_id'
FROM json_each($1);
