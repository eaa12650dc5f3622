-- Why: what operators did must be on record, and the record must not be changed by the program that writes it: the triggers refuse it.

CREATE TABLE audit (
    id       BIGINT           NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       BIGINT           NOT NULL,
    actor    TEXT COLLATE "C" NOT NULL, -- who
    action   TEXT COLLATE "C" NOT NULL, -- did what
    subjects TEXT COLLATE "C" NOT NULL, -- to whom: ids as a JSON list of texts, never contents
    why      TEXT COLLATE "C" -- the reason given
);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit is append-only: nothing in it is changed, deleted or replaced'; END
$$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
