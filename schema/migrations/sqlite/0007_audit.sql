-- Why: what operators did must be on record, and the record must not be changed by the program that writes it: the triggers refuse it.

CREATE TABLE audit (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL, -- who
    action   TEXT    NOT NULL, -- did what
    subjects TEXT    NOT NULL, -- to whom: ids as a JSON list of texts, never contents
    why      TEXT              -- the reason given
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: nothing in it is changed'); END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: nothing in it is deleted'); END;

-- INSERT OR REPLACE would delete without calling the trigger above.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit is append-only: nothing in it is replaced'); END;
