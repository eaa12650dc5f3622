SELECT holder, expression AS filter
FROM address_book_filter
