-- Why: the ledger. What we pushed must be known without reading mailboxes, and after any crash, so that no contact comes twice and none is lost. It
-- holds ids and keyed digests, never contents. The mailbox is part of every key: after a change of binding the old one must still be emptied.

-- Our folder in a mailbox.
CREATE TABLE folder (
    user_key     TEXT COLLATE "C" NOT NULL, -- CRM user
    book         TEXT COLLATE "C" NOT NULL, -- address book
    mailbox      TEXT COLLATE "C" NOT NULL, -- Entra object id
    folder_id    TEXT COLLATE "C" NOT NULL, -- Graph's id of the folder
    parent_id    TEXT COLLATE "C", -- Graph's id of the contacts folder above it, if known
    display_name TEXT COLLATE "C" NOT NULL, -- the name we gave it; the user may have renamed it
    created_at   BIGINT           NOT NULL,
    verified_at  BIGINT, -- when it was last seen with our mark
    PRIMARY KEY (user_key, book, mailbox)
);

-- A contact that stands in a mailbox because we put it there.
CREATE TABLE contact (
    user_key    TEXT COLLATE "C" NOT NULL, -- CRM user
    book        TEXT COLLATE "C" NOT NULL, -- address book
    mailbox     TEXT COLLATE "C" NOT NULL, -- Entra object id
    record_key  TEXT COLLATE "C" NOT NULL, -- CRM record
    contact_id  TEXT COLLATE "C" NOT NULL, -- Graph's immutable id
    digest      BYTEA            CHECK (length(digest) = 16), -- keyed digest of what was pushed; NULL: not known, to be written again
    owned       TEXT COLLATE "C" NOT NULL, -- every property we ever wrote to it: Graph's names, comma separated
    filled      TEXT COLLATE "C" NOT NULL, -- the properties that had a value in the last push, likewise
    brought     TEXT COLLATE "C" NOT NULL CHECK (brought IN ('subscription', 'filter')), -- what made it wanted
    pushed_at   BIGINT           NOT NULL, -- when it was last written
    verified_at BIGINT, -- when it was last read back
    PRIMARY KEY (user_key, book, mailbox, record_key)
);

CREATE INDEX contact_of_record ON contact (record_key);
CREATE INDEX contact_in_mailbox ON contact (mailbox, contact_id);

-- A change that is about to be sent or whose outcome is not known. Written before the request leaves, gone once its outcome stands in the ledger.
CREATE TABLE intent (
    id         BIGINT           NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- never given twice
    pass_id    BIGINT           NOT NULL, -- the pass that decided it
    user_key   TEXT COLLATE "C" NOT NULL,
    book       TEXT COLLATE "C" NOT NULL,
    mailbox    TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    act        TEXT COLLATE "C" NOT NULL CHECK (act IN ('create', 'update', 'delete')),
    contact_id TEXT COLLATE "C" CHECK ((act = 'create') = (contact_id IS NULL)), -- the contact it speaks of; a new one has none yet
    digest     BYTEA            CHECK (length(digest) = 16), -- as contact.digest, once it is done
    owned      TEXT COLLATE "C" NOT NULL, -- as contact.owned; empty for a delete
    filled     TEXT COLLATE "C" NOT NULL, -- as contact.filled; empty for a delete
    brought    TEXT COLLATE "C" CHECK (brought IN ('subscription', 'filter') AND (act = 'delete') = (brought IS NULL)),
    cleared    TEXT COLLATE "C" NOT NULL, -- properties that an update empties and why: name=reason, comma separated
    reason     TEXT COLLATE "C" CHECK ((act = 'delete') = (reason IS NOT NULL)), -- why it is deleted
    made_at    BIGINT           NOT NULL
);

-- At most one change of a contact is under way.
CREATE UNIQUE INDEX intent_one_per_contact ON intent (user_key, book, mailbox, record_key, COALESCE(contact_id, ''));
CREATE INDEX intent_of_record ON intent (record_key);

-- A contact that Graph refused, so that it is not sent again in every pass; one other digest later it is tried anew.
CREATE TABLE refusal (
    user_key   TEXT COLLATE "C" NOT NULL,
    book       TEXT COLLATE "C" NOT NULL,
    mailbox    TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    digest     BYTEA            CHECK (length(digest) = 16), -- of what was refused
    code       TEXT COLLATE "C" NOT NULL, -- Graph's error code
    sentence   TEXT COLLATE "C" NOT NULL, -- what to tell people; no contents
    at         BIGINT           NOT NULL, -- when it was refused last
    PRIMARY KEY (user_key, book, mailbox, record_key)
);
