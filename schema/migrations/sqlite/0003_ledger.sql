-- Why: the ledger. What we pushed must be known without reading mailboxes, and after any crash, so that no contact comes twice and none is lost. It
-- holds ids and keyed digests, never contents. The mailbox is part of every key: after a change of binding the old one must still be emptied.

-- Our folder in a mailbox.
CREATE TABLE folder (
    user_key     TEXT    NOT NULL, -- CRM user
    book         TEXT    NOT NULL, -- address book
    mailbox      TEXT    NOT NULL, -- Entra object id
    folder_id    TEXT    NOT NULL, -- Graph's id of the folder
    parent_id    TEXT,             -- Graph's id of the contacts folder above it, if known
    display_name TEXT    NOT NULL, -- the name we gave it; the user may have renamed it
    created_at   INTEGER NOT NULL,
    verified_at  INTEGER,          -- when it was last seen with our mark
    PRIMARY KEY (user_key, book, mailbox)
) STRICT, WITHOUT ROWID;

-- A contact that stands in a mailbox because we put it there.
CREATE TABLE contact (
    user_key    TEXT    NOT NULL, -- CRM user
    book        TEXT    NOT NULL, -- address book
    mailbox     TEXT    NOT NULL, -- Entra object id
    record_key  TEXT    NOT NULL, -- CRM record
    contact_id  TEXT    NOT NULL, -- Graph's immutable id
    digest      BLOB    CHECK (length(digest) = 16), -- keyed digest of what was pushed; NULL: not known, to be written again
    owned       TEXT    NOT NULL, -- every property we ever wrote to it: Graph's names, comma separated
    filled      TEXT    NOT NULL, -- the properties that had a value in the last push, likewise
    brought     TEXT    NOT NULL CHECK (brought IN ('subscription', 'filter')), -- what made it wanted
    pushed_at   INTEGER NOT NULL, -- when it was last written
    verified_at INTEGER,          -- when it was last read back
    PRIMARY KEY (user_key, book, mailbox, record_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX contact_of_record ON contact (record_key);
CREATE INDEX contact_in_mailbox ON contact (mailbox, contact_id);

-- A change that is about to be sent or whose outcome is not known. Written before the request leaves, gone once its outcome stands in the ledger.
CREATE TABLE intent (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- never given twice
    pass_id    INTEGER NOT NULL, -- the pass that decided it
    user_key   TEXT    NOT NULL,
    book       TEXT    NOT NULL,
    mailbox    TEXT    NOT NULL,
    record_key TEXT    NOT NULL,
    act        TEXT    NOT NULL CHECK (act IN ('create', 'update', 'delete')),
    contact_id TEXT    CHECK ((act = 'create') = (contact_id IS NULL)), -- the contact it speaks of; a new one has none yet
    digest     BLOB    CHECK (length(digest) = 16), -- as contact.digest, once it is done
    owned      TEXT    NOT NULL, -- as contact.owned; empty for a delete
    filled     TEXT    NOT NULL, -- as contact.filled; empty for a delete
    brought    TEXT    CHECK (brought IN ('subscription', 'filter') AND (act = 'delete') = (brought IS NULL)),
    cleared    TEXT    NOT NULL, -- properties that an update empties and why: name=reason, comma separated
    reason     TEXT    CHECK ((act = 'delete') = (reason IS NOT NULL)), -- why it is deleted
    made_at    INTEGER NOT NULL
) STRICT;

-- At most one change of a contact is under way.
CREATE UNIQUE INDEX intent_one_per_contact ON intent (user_key, book, mailbox, record_key, COALESCE(contact_id, ''));
CREATE INDEX intent_of_record ON intent (record_key);

-- A contact that Graph refused, so that it is not sent again in every pass; one other digest later it is tried anew.
CREATE TABLE refusal (
    user_key   TEXT    NOT NULL,
    book       TEXT    NOT NULL,
    mailbox    TEXT    NOT NULL,
    record_key TEXT    NOT NULL,
    digest     BLOB    CHECK (length(digest) = 16), -- of what was refused
    code       TEXT    NOT NULL, -- Graph's error code
    sentence   TEXT    NOT NULL, -- what to tell people; no contents
    at         INTEGER NOT NULL, -- when it was refused last
    PRIMARY KEY (user_key, book, mailbox, record_key)
) STRICT, WITHOUT ROWID;
