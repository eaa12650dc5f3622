-- Its first line, and what follows.
SELECT id, substr(text, 1, strpos(text, chr(10)) - 1) AS first, substr(text, strpos(text, chr(10)) + 1) AS rest
FROM street_text
