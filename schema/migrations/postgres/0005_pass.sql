-- Why: seats stay with whoever holds one, a source that vanished is recognised by what it held before, and an operator must see when each folder was
-- last served and what stood in the way. All of that has to outlive the process.

-- Who holds a seat.
CREATE TABLE seat (
    user_key      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    since_at      BIGINT           NOT NULL, -- when it was given
    lost_since_at BIGINT -- since when he is no candidate any longer; the seat is gone when the grace is over
);

-- One round.
CREATE TABLE pass (
    id          BIGINT           NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('full', 'user', 'record', 'dry')),
    subject     TEXT COLLATE "C", -- the user or record of a pass for one alone
    cause       TEXT COLLATE "C" NOT NULL, -- what started it: start, interval, request, demo ...
    started_at  BIGINT           NOT NULL,
    finished_at BIGINT, -- NULL: under way, or broken off
    summary     TEXT COLLATE "C" -- counts only, as JSON
);

-- What is known of a relation of the CRM from earlier passes.
CREATE TABLE relation (
    name         TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- as reports call it
    rows         BIGINT, -- rows when it was last proven or confirmed
    rows_at      BIGINT,
    doubt_since  BIGINT, -- since when it is doubtful; NULL: it is not
    doubt_why    TEXT COLLATE "C", -- a sentence without contents
    doubt_rows   BIGINT, -- rows of the doubtful reading, which a confirmation makes the new measure; NULL: not countable
    confirmed_at BIGINT, -- when a person last confirmed a doubtful reading
    confirmed_by TEXT COLLATE "C"
);

-- How it goes with one user's folder.
CREATE TABLE folder_status (
    user_key       TEXT COLLATE "C" NOT NULL,
    book           TEXT COLLATE "C" NOT NULL,
    pass_id        BIGINT           NOT NULL, -- the last pass that dealt with it
    delivered_at   BIGINT, -- when a delivery last came to its end
    error_code     TEXT COLLATE "C", -- of the last delivery; NULL: it went well
    error_sentence TEXT COLLATE "C",
    failures       BIGINT           NOT NULL, -- how many failed in a row
    next_try_at    BIGINT, -- not before
    PRIMARY KEY (user_key, book)
);
