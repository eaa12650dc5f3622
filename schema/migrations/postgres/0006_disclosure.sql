-- Why: "who has, or had, this person's data, which, since when" must be answered from here, and a person taken out must stay out even after the CRM or
-- this database was restored from a backup.

-- A user had properties of a record in his mailbox during a period. Properties that came and went together share a row.
CREATE TABLE disclosure (
    id         BIGINT           NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record_key TEXT COLLATE "C" NOT NULL,
    user_key   TEXT COLLATE "C" NOT NULL,
    book       TEXT COLLATE "C" NOT NULL,
    mailbox    TEXT COLLATE "C" NOT NULL,
    properties TEXT COLLATE "C" NOT NULL, -- Graph's names, comma separated
    from_at    BIGINT           NOT NULL,
    until_at   BIGINT, -- NULL: he still has them
    ended_why  TEXT COLLATE "C" -- the reason of the change that took them away
);

CREATE INDEX disclosure_of_record ON disclosure (record_key);
CREATE INDEX disclosure_open ON disclosure (user_key, book, mailbox, record_key) WHERE until_at IS NULL;
CREATE INDEX disclosure_ended ON disclosure (book, until_at) WHERE until_at IS NOT NULL;

-- An erased person.
CREATE TABLE tombstone (
    digest    BYTEA            NOT NULL PRIMARY KEY CHECK (length(digest) = 16), -- keyed hash of the record's key, never the key
    erased_at BIGINT           NOT NULL,
    erased_by TEXT COLLATE "C" NOT NULL
);
