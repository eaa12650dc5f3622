-- Each holds all that the choice of records looks at, so that a contact itself is read only when it is due.
CREATE INDEX contact_city ON contact (city_folded, industry, last_activity, region, revenue, id);
CREATE INDEX contact_owner ON contact (owner, industry, last_activity, region, revenue, city_folded, id);
CREATE INDEX contact_rank_full ON contact (rank_full, industry, region, last_activity, revenue, id);
CREATE INDEX contact_rank_without_last ON contact (rank_without_last, industry, region, last_activity, revenue, id);
CREATE INDEX contact_rank_without_first ON contact (rank_without_first, industry, region, last_activity, revenue, id);
CREATE INDEX contact_ranks ON contact (id, rank_full, rank_without_last, rank_without_first);
CREATE UNIQUE INDEX contact_right_contact ON contact_right (contact_id, principal);
CREATE UNIQUE INDEX contact_right_principal ON contact_right (principal, contact_id);
CREATE UNIQUE INDEX contact_secret_contact ON contact_secret (contact_id, principal);
CREATE UNIQUE INDEX subscription_contact ON subscription (contact_id, principal);
CREATE UNIQUE INDEX subscription_principal ON subscription (principal, contact_id);
