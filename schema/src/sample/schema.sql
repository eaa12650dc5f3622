-- The invented CRM behind the sample: the tables that a customer's CRM of this size would have, in plain SQLite.
-- Instants are ISO 8601 text in UTC, days are YYYY-MM-DD, flags are 0 or 1. "valid_from" is the first instant, "valid_until" the first one after; NULL: no limit.

-- Sales regions; a contact lies in one, users work for one.
CREATE TABLE region (
    name TEXT PRIMARY KEY
) STRICT;

-- Who works with the CRM. The mail address is that of the user's mailbox.
CREATE TABLE crm_user (
    id          TEXT PRIMARY KEY,
    login       TEXT NOT NULL UNIQUE,
    first_name  TEXT NOT NULL,
    last_name   TEXT NOT NULL,
    mail        TEXT,
    region      TEXT REFERENCES region (name),
    department  TEXT,
    is_active   INTEGER NOT NULL CHECK (is_active IN (0, 1)),    -- 0: has left
    is_internal INTEGER NOT NULL CHECK (is_internal IN (0, 1))   -- 0: a guest, such as an agency
) STRICT;

-- Groups of users. Members of a group are members of its parent, too.
CREATE TABLE user_group (
    id        TEXT PRIMARY KEY,
    name      TEXT NOT NULL UNIQUE,
    parent_id TEXT REFERENCES user_group (id)
) STRICT;

CREATE TABLE group_member (
    user_id     TEXT NOT NULL REFERENCES crm_user (id),
    group_id    TEXT NOT NULL REFERENCES user_group (id),
    valid_from  TEXT,
    valid_until TEXT,
    PRIMARY KEY (user_id, group_id)
) STRICT;

-- Who stands for whom: filters may ask for it, and the deputy sees what the other one looks after.
CREATE TABLE deputy (
    user_id       TEXT NOT NULL REFERENCES crm_user (id),
    stands_for_id TEXT NOT NULL REFERENCES crm_user (id),
    valid_from    TEXT,
    valid_until   TEXT,
    PRIMARY KEY (user_id, stands_for_id)
) STRICT;

-- Who works which region: a group or a single user.
CREATE TABLE territory (
    id          INTEGER PRIMARY KEY,
    region      TEXT NOT NULL REFERENCES region (name),
    group_id    TEXT REFERENCES user_group (id),
    user_id     TEXT REFERENCES crm_user (id),
    valid_from  TEXT,
    valid_until TEXT,
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) STRICT;

-- Groups for which regions do not count.
CREATE TABLE territory_exemption (
    group_id TEXT PRIMARY KEY REFERENCES user_group (id)
) STRICT;

-- What makes a contact confidential, and which groups may see such contacts (their owner may, always).
CREATE TABLE confidentiality (
    level       TEXT PRIMARY KEY,
    description TEXT NOT NULL
) STRICT;

CREATE TABLE confidentiality_reader (
    level    TEXT NOT NULL REFERENCES confidentiality (level),
    group_id TEXT NOT NULL REFERENCES user_group (id),
    PRIMARY KEY (level, group_id)
) STRICT;

-- Groups that may see private phone numbers (the contact's owner may, always), and secret mandates.
CREATE TABLE private_phone_reader (
    group_id TEXT PRIMARY KEY REFERENCES user_group (id)
) STRICT;

CREATE TABLE mandate_reader (
    group_id TEXT PRIMARY KEY REFERENCES user_group (id)
) STRICT;

CREATE TABLE company (
    id        INTEGER PRIMARY KEY,
    name      TEXT NOT NULL,
    industry  TEXT NOT NULL,
    employees INTEGER,
    website   TEXT,
    is_secret INTEGER NOT NULL CHECK (is_secret IN (0, 1))   -- 1: that we work for it is known to few
) STRICT;

-- A group that must not know a company's contacts, since it works for a competitor.
CREATE TABLE ethical_wall (
    company_id  INTEGER NOT NULL REFERENCES company (id),
    group_id    TEXT NOT NULL REFERENCES user_group (id),
    valid_from  TEXT,
    valid_until TEXT,
    PRIMARY KEY (company_id, group_id)
) STRICT;

-- People, and companies without a person (no last name).
CREATE TABLE contact (
    id              INTEGER PRIMARY KEY,
    company_id      INTEGER REFERENCES company (id),
    salutation      TEXT,
    academic_title  TEXT,
    first_name      TEXT,
    last_name       TEXT,
    department      TEXT,
    job_title       TEXT,
    birthday        TEXT,
    customer_no     TEXT UNIQUE,
    region          TEXT NOT NULL REFERENCES region (name),
    owner_id        TEXT REFERENCES crm_user (id),
    revenue         REAL,                                       -- of the last twelve months, in euros
    newsletter      INTEGER NOT NULL CHECK (newsletter IN (0, 1)),
    confidentiality TEXT REFERENCES confidentiality (level),    -- NULL: open
    last_activity   TEXT,
    notes           TEXT,
    changed_at      TEXT NOT NULL,
    CHECK (last_name IS NOT NULL OR company_id IS NOT NULL)
) STRICT;
CREATE INDEX contact_by_owner ON contact (owner_id);
CREATE INDEX contact_by_company ON contact (company_id);

CREATE TABLE phone (
    id         INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    place      INTEGER NOT NULL,                                -- the order in which people see them
    kind       TEXT NOT NULL CHECK (kind IN ('office', 'mobile', 'home', 'fax')),
    number     TEXT NOT NULL,                                   -- as somebody typed it
    is_private INTEGER NOT NULL CHECK (is_private IN (0, 1))
) STRICT;
CREATE INDEX phone_by_contact ON phone (contact_id);

CREATE TABLE mail_address (
    id         INTEGER PRIMARY KEY,
    contact_id INTEGER NOT NULL REFERENCES contact (id),
    place      INTEGER NOT NULL,
    address    TEXT NOT NULL
) STRICT;
CREATE INDEX mail_address_by_contact ON mail_address (contact_id);

CREATE TABLE postal_address (
    id           INTEGER PRIMARY KEY,
    contact_id   INTEGER NOT NULL REFERENCES contact (id),
    place        INTEGER NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('business', 'home')),
    street       TEXT,
    house_number TEXT,
    postcode     TEXT,
    city         TEXT,
    state        TEXT,
    country      TEXT                                           -- its name in German
) STRICT;
CREATE INDEX postal_address_by_contact ON postal_address (contact_id);

CREATE TABLE category (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE contact_category (
    contact_id  INTEGER NOT NULL REFERENCES contact (id),
    category_id INTEGER NOT NULL REFERENCES category (id),
    PRIMARY KEY (contact_id, category_id)
) STRICT;

-- Single contacts shown to a user or group outside their regions.
CREATE TABLE contact_share (
    id          INTEGER PRIMARY KEY,
    contact_id  INTEGER NOT NULL REFERENCES contact (id),
    user_id     TEXT REFERENCES crm_user (id),
    group_id    TEXT REFERENCES user_group (id),
    shared_by   TEXT NOT NULL REFERENCES crm_user (id),
    valid_from  TEXT,
    valid_until TEXT,
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) STRICT;
CREATE INDEX contact_share_by_contact ON contact_share (contact_id);

-- Which group or user may read which field, as TABLE.COLUMN. Without a row a field may be read; where rows differ, the denial wins.
CREATE TABLE field_right (
    id          INTEGER PRIMARY KEY,
    group_id    TEXT REFERENCES user_group (id),
    user_id     TEXT REFERENCES crm_user (id),
    field       TEXT NOT NULL,
    may_read    INTEGER NOT NULL CHECK (may_read IN (0, 1)),
    valid_from  TEXT,
    valid_until TEXT,
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) STRICT;

-- Who is to have an address book.
CREATE TABLE address_book_seat (
    user_id     TEXT PRIMARY KEY REFERENCES crm_user (id),
    valid_from  TEXT,
    valid_until TEXT
) STRICT;

-- Contacts reserved for the address book of a user or group, and by whom.
CREATE TABLE subscription (
    id          INTEGER PRIMARY KEY,
    contact_id  INTEGER NOT NULL REFERENCES contact (id),
    user_id     TEXT REFERENCES crm_user (id),
    group_id    TEXT REFERENCES user_group (id),
    created_by  TEXT NOT NULL REFERENCES crm_user (id),
    valid_from  TEXT,
    valid_until TEXT,
    CHECK ((group_id IS NULL) <> (user_id IS NULL)),
    UNIQUE (contact_id, user_id),
    UNIQUE (contact_id, group_id)
) STRICT;

-- What else belongs into the address book of a user or group.
CREATE TABLE address_book_filter (
    id         INTEGER PRIMARY KEY,
    user_id    TEXT UNIQUE REFERENCES crm_user (id),
    group_id   TEXT UNIQUE REFERENCES user_group (id),
    expression TEXT NOT NULL,
    changed_by TEXT NOT NULL REFERENCES crm_user (id),
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) STRICT;

-- People who wanted to be forgotten. Rows stay when the contact is deleted, so there is no foreign key.
CREATE TABLE erasure (
    contact_id INTEGER PRIMARY KEY,
    erased_on  TEXT NOT NULL,
    reason     TEXT NOT NULL
) STRICT;
