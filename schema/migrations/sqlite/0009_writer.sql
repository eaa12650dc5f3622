-- Why: a process that lost its lock without noticing it (the connection to the server ended, the server failed over) must not go on writing beside the
-- one that took over. Each that takes the lock raises the number, and whoever finds another one than his own has been followed by somebody.

-- Who took the lock last; exactly one row.
CREATE TABLE writer (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- there is only one
    number INTEGER NOT NULL,                             -- raised by each process that takes the lock
    holder TEXT    NOT NULL                              -- which one: machine and process
) STRICT;

INSERT INTO writer (one, number, holder) VALUES (1, 0, 'nobody');
