-- Why: seats stay with whoever holds one, a source that vanished is recognised by what it held before, and an operator must see when each folder was
-- last served and what stood in the way. All of that has to outlive the process.

-- Who holds a seat.
CREATE TABLE seat (
    user_key      TEXT    NOT NULL PRIMARY KEY,
    since_at      INTEGER NOT NULL, -- when it was given
    lost_since_at INTEGER           -- since when he is no candidate any longer; the seat is gone when the grace is over
) STRICT, WITHOUT ROWID;

-- One round.
CREATE TABLE pass (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind        TEXT    NOT NULL CHECK (kind IN ('full', 'user', 'record', 'dry')),
    subject     TEXT,             -- the user or record of a pass for one alone
    cause       TEXT    NOT NULL, -- what started it: start, interval, request, demo ...
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,          -- NULL: under way, or broken off
    summary     TEXT              -- counts only, as JSON
) STRICT;

-- What is known of a relation of the CRM from earlier passes.
CREATE TABLE relation (
    name         TEXT    NOT NULL PRIMARY KEY, -- as reports call it
    rows         INTEGER,          -- rows when it was last proven or confirmed
    rows_at      INTEGER,
    doubt_since  INTEGER,          -- since when it is doubtful; NULL: it is not
    doubt_why    TEXT,             -- a sentence without contents
    doubt_rows   INTEGER,          -- rows of the doubtful reading, which a confirmation makes the new measure; NULL: not countable
    confirmed_at INTEGER,          -- when a person last confirmed a doubtful reading
    confirmed_by TEXT
) STRICT, WITHOUT ROWID;

-- How it goes with one user's folder.
CREATE TABLE folder_status (
    user_key       TEXT    NOT NULL,
    book           TEXT    NOT NULL,
    pass_id        INTEGER NOT NULL, -- the last pass that dealt with it
    delivered_at   INTEGER,          -- when a delivery last came to its end
    error_code     TEXT,             -- of the last delivery; NULL: it went well
    error_sentence TEXT,
    failures       INTEGER NOT NULL, -- how many failed in a row
    next_try_at    INTEGER,          -- not before
    PRIMARY KEY (user_key, book)
) STRICT, WITHOUT ROWID;
