-- Whose schema this is: whether there is one, whether it bears our mark, and how much it holds.
SELECT
    (SELECT COUNT(*) FROM pg_catalog.pg_namespace WHERE nspname = 'adressbote'),
    (
        SELECT COUNT(*)
        FROM pg_catalog.pg_constraint AS mark JOIN pg_catalog.pg_namespace AS place ON place.oid = mark.connamespace
        WHERE place.nspname = 'adressbote' AND mark.conname = 'adressbote_adbt'
    ),
    (
        SELECT COUNT(*)
        FROM pg_catalog.pg_depend AS held JOIN pg_catalog.pg_namespace AS place ON place.oid = held.refobjid
        WHERE place.nspname = 'adressbote' AND held.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
    )
