CREATE UNIQUE INDEX contact_id ON contact (id);
-- For LIKE '%x%'.
CREATE EXTENSION pg_trgm;
CREATE INDEX contact_words ON contact USING gin (last_name_folded gin_trgm_ops, company_folded gin_trgm_ops);
-- The rights once more, kept by the database itself: for a role of its own, which asks with the user's principals in a setting.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'evaluation_reader') THEN
        CREATE ROLE evaluation_reader NOLOGIN;
    END IF;
END $$;
GRANT USAGE ON SCHEMA public TO evaluation_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO evaluation_reader;
CREATE FUNCTION held() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT string_to_array(current_setting('evaluation.held'), ',') $$;
ALTER TABLE contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON contact FOR SELECT TO evaluation_reader USING (
    EXISTS (
        SELECT FROM contact_right WHERE contact_right.contact_id = contact.id AND (contact_right.principal = ANY ((SELECT held())::text[])) IS TRUE OFFSET 0
    )
    AND (
        NOT EXISTS (SELECT FROM contact_secret WHERE contact_secret.contact_id = contact.id OFFSET 0)
        OR EXISTS (
            SELECT FROM contact_secret WHERE contact_secret.contact_id = contact.id AND contact_secret.principal = ANY ((SELECT held())::text[]) OFFSET 0
        )
    )
);
