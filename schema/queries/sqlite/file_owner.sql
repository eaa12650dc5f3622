-- Whose file this is: the mark in its header, and how many tables it has besides the list of migrations.
SELECT application_id, (SELECT COUNT(*) FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations')
FROM pragma_application_id
