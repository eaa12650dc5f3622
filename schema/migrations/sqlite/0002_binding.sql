-- Why: an address can be given to another person. A user's mailbox is therefore found once, stored by its object id, and a change of it waits for a
-- person; one mailbox serves one user only, and what stood in it is withdrawn before it may serve another.

-- Which mailbox belongs to which user, with its history: rows are never deleted.
CREATE TABLE binding (
    id           INTEGER NOT NULL PRIMARY KEY,
    user_key     TEXT    NOT NULL, -- CRM user
    mailbox      TEXT    NOT NULL, -- Entra object id
    address      TEXT    NOT NULL, -- the address it was made from
    standing     TEXT    NOT NULL CHECK (standing IN ('waiting', 'active', 'leaving', 'withdrawn')), -- waiting for a person | served | being emptied | over
    made_at      INTEGER NOT NULL,
    made_by      TEXT    NOT NULL, -- a pass or a person
    confirmed_at INTEGER,          -- when a person confirmed it; NULL: needed none, or not yet
    confirmed_by TEXT,
    ended_at     INTEGER,          -- when it began to leave, or stopped waiting
    ended_by     TEXT
) STRICT;

-- The promise that a mailbox has at most one user, until it has been emptied of the one before.
CREATE UNIQUE INDEX binding_one_user_per_mailbox ON binding (mailbox) WHERE standing IN ('active', 'leaving');
CREATE UNIQUE INDEX binding_one_mailbox_per_user ON binding (user_key) WHERE standing = 'active';
CREATE UNIQUE INDEX binding_one_waiting_per_user ON binding (user_key) WHERE standing = 'waiting';
CREATE INDEX binding_of_user ON binding (user_key, id);
