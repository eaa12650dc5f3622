-- The reference CRM: the tables that a customer's CRM of this kind has. The words in braces are types, which each database names otherwise: see tables.rs.
-- "valid_from" is the first instant, "valid_until" the first one after; NULL: no limit.

-- Sales regions; a contact lies in one, users work for one.
CREATE TABLE region (
    name {name} PRIMARY KEY
) {ending};

-- Who works with the CRM. The mail address is that of the user's mailbox.
CREATE TABLE crm_user (
    id          {name} PRIMARY KEY,
    login       {name} NOT NULL UNIQUE,
    first_name  {name} NOT NULL,
    last_name   {name} NOT NULL,
    mail        {name},
    region      {name} REFERENCES region (name),
    department  {name},
    is_active   {flag} NOT NULL,    -- 0: has left
    is_internal {flag} NOT NULL   -- 0: a guest, such as an agency
) {ending};

-- Groups of users. Members of a group are members of its parent, too.
CREATE TABLE user_group (
    id        {name} PRIMARY KEY,
    name      {name} NOT NULL UNIQUE,
    parent_id {name} REFERENCES user_group (id)
) {ending};

CREATE TABLE group_member (
    user_id     {name} NOT NULL REFERENCES crm_user (id),
    group_id    {name} NOT NULL REFERENCES user_group (id),
    valid_from  {instant},
    valid_until {instant},
    PRIMARY KEY (user_id, group_id)
) {ending};

-- Who stands for whom: filters may ask for it, and the deputy sees what the other one looks after.
CREATE TABLE deputy (
    user_id       {name} NOT NULL REFERENCES crm_user (id),
    stands_for_id {name} NOT NULL REFERENCES crm_user (id),
    valid_from    {instant},
    valid_until   {instant},
    PRIMARY KEY (user_id, stands_for_id)
) {ending};

-- Who works which region: a group or a single user.
CREATE TABLE territory (
    id          {counted},
    region      {name} NOT NULL REFERENCES region (name),
    group_id    {name} REFERENCES user_group (id),
    user_id     {name} REFERENCES crm_user (id),
    valid_from  {instant},
    valid_until {instant},
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) {ending};

-- Groups for which regions do not count.
CREATE TABLE territory_exemption (
    group_id {name} PRIMARY KEY REFERENCES user_group (id)
) {ending};

-- What makes a contact confidential, and which groups may see such contacts (their owner may, always).
CREATE TABLE confidentiality (
    level       {name} PRIMARY KEY,
    description {text} NOT NULL
) {ending};

CREATE TABLE confidentiality_reader (
    level    {name} NOT NULL REFERENCES confidentiality (level),
    group_id {name} NOT NULL REFERENCES user_group (id),
    PRIMARY KEY (level, group_id)
) {ending};

-- Groups that may see private phone numbers (the contact's owner may, always), and secret mandates.
CREATE TABLE private_phone_reader (
    group_id {name} PRIMARY KEY REFERENCES user_group (id)
) {ending};

CREATE TABLE mandate_reader (
    group_id {name} PRIMARY KEY REFERENCES user_group (id)
) {ending};

CREATE TABLE company (
    id        {counted},
    name      {text} NOT NULL,
    industry  {name} NOT NULL,
    employees {number},
    website   {name},
    is_secret {flag} NOT NULL   -- 1: that we work for it is known to few
) {ending};

-- A group that must not know a company's contacts, since it works for a competitor.
CREATE TABLE ethical_wall (
    company_id  {number} NOT NULL REFERENCES company (id),
    group_id    {name} NOT NULL REFERENCES user_group (id),
    valid_from  {instant},
    valid_until {instant},
    PRIMARY KEY (company_id, group_id)
) {ending};

-- People, and companies without a person (no last name).
CREATE TABLE contact (
    id              {counted},
    company_id      {number} REFERENCES company (id),
    salutation      {name},
    academic_title  {name},
    first_name      {name},
    last_name       {name},
    department      {name},
    job_title       {name},
    birthday        {day},
    customer_no     {name} UNIQUE,
    region          {name} NOT NULL REFERENCES region (name),
    owner_id        {name} REFERENCES crm_user (id),
    revenue         {real},                                       -- of the last twelve months, in euros
    newsletter      {flag} NOT NULL,
    confidentiality {name} REFERENCES confidentiality (level),    -- NULL: open
    last_activity   {day},
    notes           {text},
    changed_at      {instant} NOT NULL,
    CHECK (last_name IS NOT NULL OR company_id IS NOT NULL)
) {ending};
CREATE INDEX contact_by_owner ON contact (owner_id);
CREATE INDEX contact_by_company ON contact (company_id);

CREATE TABLE phone (
    id         {counted},
    contact_id {number} NOT NULL REFERENCES contact (id),
    place      {number} NOT NULL,                                -- the order in which people see them
    kind       {name} NOT NULL CHECK (kind IN ('office', 'mobile', 'home', 'fax')),
    number     {name} NOT NULL,                                   -- as somebody typed it
    is_private {flag} NOT NULL
) {ending};
CREATE INDEX phone_by_contact ON phone (contact_id);

CREATE TABLE mail_address (
    id         {counted},
    contact_id {number} NOT NULL REFERENCES contact (id),
    place      {number} NOT NULL,
    address    {name} NOT NULL
) {ending};
CREATE INDEX mail_address_by_contact ON mail_address (contact_id);

CREATE TABLE postal_address (
    id           {counted},
    contact_id   {number} NOT NULL REFERENCES contact (id),
    place        {number} NOT NULL,
    kind         {name} NOT NULL CHECK (kind IN ('business', 'home')),
    street       {name},
    house_number {name},
    postcode     {name},
    city         {name},
    state        {name},
    country      {name}                                           -- its name in German
) {ending};
CREATE INDEX postal_address_by_contact ON postal_address (contact_id);

CREATE TABLE category (
    id   {counted},
    name {name} NOT NULL UNIQUE
) {ending};

CREATE TABLE contact_category (
    contact_id  {number} NOT NULL REFERENCES contact (id),
    category_id {number} NOT NULL REFERENCES category (id),
    PRIMARY KEY (contact_id, category_id)
) {ending};

-- Single contacts shown to a user or group outside their regions.
CREATE TABLE contact_share (
    id          {counted},
    contact_id  {number} NOT NULL REFERENCES contact (id),
    user_id     {name} REFERENCES crm_user (id),
    group_id    {name} REFERENCES user_group (id),
    shared_by   {name} NOT NULL REFERENCES crm_user (id),
    valid_from  {instant},
    valid_until {instant},
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) {ending};
CREATE INDEX contact_share_by_contact ON contact_share (contact_id);

-- Which group or user may read which field, as TABLE.COLUMN. Without a row a field may be read; where rows differ, the denial wins.
CREATE TABLE field_right (
    id          {counted},
    group_id    {name} REFERENCES user_group (id),
    user_id     {name} REFERENCES crm_user (id),
    field       {name} NOT NULL,
    may_read    {flag} NOT NULL,
    valid_from  {instant},
    valid_until {instant},
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) {ending};

-- Who is to have an address book.
CREATE TABLE address_book_seat (
    user_id     {name} PRIMARY KEY REFERENCES crm_user (id),
    valid_from  {instant},
    valid_until {instant}
) {ending};

-- Contacts reserved for the address book of a user or group, and by whom.
CREATE TABLE subscription (
    id          {counted},
    contact_id  {number} NOT NULL REFERENCES contact (id),
    user_id     {name} REFERENCES crm_user (id),
    group_id    {name} REFERENCES user_group (id),
    created_by  {name} NOT NULL REFERENCES crm_user (id),
    valid_from  {instant},
    valid_until {instant},
    CHECK ((group_id IS NULL) <> (user_id IS NULL)),
    UNIQUE (contact_id, user_id),
    UNIQUE (contact_id, group_id)
) {ending};

-- What else belongs into the address book of a user or group.
CREATE TABLE address_book_filter (
    id         {counted},
    user_id    {name} UNIQUE REFERENCES crm_user (id),
    group_id   {name} UNIQUE REFERENCES user_group (id),
    expression {text} NOT NULL,
    changed_by {name} NOT NULL REFERENCES crm_user (id),
    CHECK ((group_id IS NULL) <> (user_id IS NULL))
) {ending};

-- People who wanted to be forgotten. Rows stay when the contact is deleted, so there is no foreign key.
CREATE TABLE erasure (
    contact_id {number} PRIMARY KEY,
    erased_on  {day} NOT NULL,
    reason     {text} NOT NULL
) {ending};
