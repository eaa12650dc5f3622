-- Its first line, and what follows.
SELECT id, substr(text, 1, instr(text, char(10)) - 1) AS first, substr(text, instr(text, char(10)) + 1) AS rest
FROM street_text
