-- Why: "who has, or had, this person's data, which, since when" must be answered from here, and a person taken out must stay out even after the CRM or
-- this database was restored from a backup.

-- A user had properties of a record in his mailbox during a period. Properties that came and went together share a row.
CREATE TABLE disclosure (
    id         INTEGER NOT NULL PRIMARY KEY,
    record_key TEXT    NOT NULL,
    user_key   TEXT    NOT NULL,
    book       TEXT    NOT NULL,
    mailbox    TEXT    NOT NULL,
    properties TEXT    NOT NULL, -- Graph's names, comma separated
    from_at    INTEGER NOT NULL,
    until_at   INTEGER,          -- NULL: he still has them
    ended_why  TEXT              -- the reason of the change that took them away
) STRICT;

CREATE INDEX disclosure_of_record ON disclosure (record_key);
CREATE INDEX disclosure_open ON disclosure (user_key, book, mailbox, record_key) WHERE until_at IS NULL;
CREATE INDEX disclosure_ended ON disclosure (book, until_at) WHERE until_at IS NOT NULL;

-- An erased person.
CREATE TABLE tombstone (
    digest    BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 16), -- keyed hash of the record's key, never the key
    erased_at INTEGER NOT NULL,
    erased_by TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
