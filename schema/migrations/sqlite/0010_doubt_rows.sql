-- Why: a deadline, or a person, confirms a number of rows, so it must be known since when that number stood: one that nobody has seen is nobody's word.
ALTER TABLE relation ADD COLUMN doubt_rows_since INTEGER; -- since when doubt_rows is as it is, or was lower; NULL: there is no such number
