-- Why: an address can be given to another person. A user's mailbox is therefore found once, stored by its object id, and a change of it waits for a
-- person; one mailbox serves one user only, and what stood in it is withdrawn before it may serve another.

-- Which mailbox belongs to which user, with its history: rows are never deleted.
CREATE TABLE binding (
    id           BIGINT           NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_key     TEXT COLLATE "C" NOT NULL, -- CRM user
    mailbox      TEXT COLLATE "C" NOT NULL, -- Entra object id
    address      TEXT COLLATE "C" NOT NULL, -- the address it was made from
    standing     TEXT COLLATE "C" NOT NULL CHECK (standing IN ('waiting', 'active', 'leaving', 'withdrawn')), -- waiting for a person | served | being emptied | over
    made_at      BIGINT           NOT NULL,
    made_by      TEXT COLLATE "C" NOT NULL, -- a pass or a person
    confirmed_at BIGINT, -- when a person confirmed it; NULL: needed none, or not yet
    confirmed_by TEXT COLLATE "C",
    ended_at     BIGINT, -- when it began to leave, or stopped waiting
    ended_by     TEXT COLLATE "C"
);

-- The promise that a mailbox has at most one user, until it has been emptied of the one before.
CREATE UNIQUE INDEX binding_one_user_per_mailbox ON binding (mailbox) WHERE standing IN ('active', 'leaving');
CREATE UNIQUE INDEX binding_one_mailbox_per_user ON binding (user_key) WHERE standing = 'active';
CREATE UNIQUE INDEX binding_one_waiting_per_user ON binding (user_key) WHERE standing = 'waiting';
CREATE INDEX binding_of_user ON binding (user_key, id);
