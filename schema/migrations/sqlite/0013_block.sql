-- Why: whether anything of a folder changed should be seen without reading each of its contacts. A block is a short form of a folder's contacts; it stands
-- only while nothing of them was written since, and what has none is compared contact by contact.

-- What the contacts of a folder were made of when they were last compared.
CREATE TABLE block (
    user_key TEXT NOT NULL, -- CRM user
    book     TEXT NOT NULL, -- address book
    mailbox  TEXT NOT NULL, -- Entra object id
    digest   BLOB NOT NULL CHECK (length(digest) = 16), -- over the whole folder
    recipe   BLOB NOT NULL CHECK (length(recipe) = 16), -- of the settings under which the contacts were made
    pairs    BLOB NOT NULL CHECK (length(pairs) % 16 = 0), -- for each contact, by the first: keyed number of its record, digest of its contents; 8 bytes each
    PRIMARY KEY (user_key, book, mailbox)
) STRICT;
