-- Why: the file must be known as ours before anything is written to it, and a state database must never be used with another
-- installation's digest key: every digest and marker would look changed, and nothing of ours would be found in the mailboxes again.
PRAGMA application_id = 0x41646254; -- "AdbT"

-- The installation that this database belongs to; exactly one row.
CREATE TABLE installation (
    one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1), -- there is only one
    id         TEXT    NOT NULL,                             -- random UUID, by which people tell databases apart
    created_at INTEGER NOT NULL,                             -- when the database was made; like every instant here in milliseconds since 1970, UTC
    key_check  BLOB    CHECK (length(key_check) = 16)        -- fingerprint of the digest key, which itself stands elsewhere; NULL until a key was first used
) STRICT;

-- What must be known of an address book even after it left the configuration.
CREATE TABLE book (
    book           TEXT    NOT NULL PRIMARY KEY,                -- name of the address book
    retention_days INTEGER NOT NULL CHECK (retention_days >= 0), -- how long an ended disclosure is kept
    noted_at       INTEGER NOT NULL                              -- when the configuration said so last
) STRICT;
