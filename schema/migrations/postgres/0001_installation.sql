-- Why: the schema must be known as ours before anything is written to it, and a state database must never be used with another
-- installation's digest key: every digest and marker would look changed, and nothing of ours would be found in the mailboxes again.
--
-- Everything stands in the schema that the connection names. Texts are compared byte by byte, as SQLite does, whatever the database's own order is.

-- The installation that this database belongs to; exactly one row.
CREATE TABLE installation (
    one        BIGINT           NOT NULL PRIMARY KEY CONSTRAINT adressbote_adbt CHECK (one = 1), -- there is only one; by the name of its check a schema is known as ours
    id         TEXT COLLATE "C" NOT NULL, -- random UUID, by which people tell databases apart
    created_at BIGINT           NOT NULL, -- when the database was made; like every instant here in milliseconds since 1970, UTC
    key_check  BYTEA            CHECK (length(key_check) = 16) -- fingerprint of the digest key, which itself stands elsewhere; NULL until a key was first used
);

-- What must be known of an address book even after it left the configuration.
CREATE TABLE book (
    book           TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- name of the address book
    retention_days BIGINT           NOT NULL CHECK (retention_days >= 0), -- how long an ended disclosure is kept
    noted_at       BIGINT           NOT NULL -- when the configuration said so last
);
