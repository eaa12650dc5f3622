-- Why: subscriptions and filters that the CRM has no place for are ours to keep, with who made them and every former version, because they decide
-- what people get and someone will ask.

-- A record reserved for a principal in an address book.
CREATE TABLE subscription (
    id         BIGINT           NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book       TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    principal  TEXT COLLATE "C" NOT NULL, -- user:KEY, group:KEY, everyone, or one that the profile defines
    made_by    TEXT COLLATE "C" NOT NULL,
    made_at    BIGINT           NOT NULL,
    from_at    BIGINT, -- first instant at which it counts; NULL: always did
    until_at   BIGINT, -- first instant at which it no longer counts; NULL: always will
    ended_at   BIGINT, -- when it was taken back; NULL: it stands
    ended_by   TEXT COLLATE "C"
);

CREATE UNIQUE INDEX subscription_stands_once ON subscription (book, record_key, principal) WHERE ended_at IS NULL;
CREATE INDEX subscription_of_record ON subscription (record_key);
CREATE INDEX subscription_of_principal ON subscription (principal);

-- A filter of a user or group for an address book; the highest version is in force unless it says that the filter is removed.
CREATE TABLE filter (
    book       TEXT COLLATE "C" NOT NULL,
    holder     TEXT COLLATE "C" NOT NULL, -- user:KEY or group:KEY
    version    BIGINT           NOT NULL CHECK (version > 0),
    text       TEXT COLLATE "C" NOT NULL, -- the expression; empty in a version that removes it
    author     TEXT COLLATE "C" NOT NULL,
    made_at    BIGINT           NOT NULL,
    is_removed BIGINT           NOT NULL CHECK (is_removed IN (0, 1)),
    PRIMARY KEY (book, holder, version)
);
