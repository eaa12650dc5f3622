CREATE TABLE contact (
    id bigint NOT NULL,
    last_name text, first_name text, company text, salutation text, title text, department text, job_title text, street text, postcode text, city text,
    country text, phone text, mobile text, mail text, website text, birthday date, industry text, region text, owner text, revenue double precision,
    last_activity date, notes text,
    city_folded text, last_name_folded text, company_folded text,
    rank_full integer NOT NULL, rank_without_last integer NOT NULL, rank_without_first integer NOT NULL
);
CREATE TABLE crm_user (
    id text PRIMARY KEY, login text NOT NULL, mail text NOT NULL, region text, department text, is_active boolean NOT NULL, is_internal boolean NOT NULL
);
CREATE TABLE user_group (id text PRIMARY KEY, name text NOT NULL, parent_id text);
CREATE TABLE group_member (user_id text NOT NULL, group_id text NOT NULL, PRIMARY KEY (user_id, group_id));
CREATE TABLE contact_right (contact_id bigint NOT NULL, principal text NOT NULL);
CREATE TABLE contact_secret (contact_id bigint NOT NULL, principal text NOT NULL);
CREATE TABLE field_right (principal text NOT NULL, field text NOT NULL, may_read boolean NOT NULL, PRIMARY KEY (principal, field));
CREATE TABLE subscription (contact_id bigint NOT NULL, principal text NOT NULL, created_by text NOT NULL);
CREATE TABLE address_book_filter (holder text PRIMARY KEY, expression text NOT NULL);
