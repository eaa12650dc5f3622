//! Rows of our own tables as structs, a column per field.

/// Writes a struct and how it is read from a row: each field from the column of its name.
///
/// sqlx's own derive would compile the drivers and SQLite itself a second time, for the build machine.
macro_rules! row {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$of_field:meta])* $field_vis:vis $field:ident: $kind:ty,)+ }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$of_field])* $field_vis $field: $kind,)+ }

        impl<'r, R: sqlx::Row> sqlx::FromRow<'r, R> for $name
        where
            &'static str: sqlx::ColumnIndex<R>,
            $($kind: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,)+
        {
            fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
                Ok(Self { $($field: row.try_get(stringify!($field))?,)+ })
            }
        }
    };
}

pub(crate) use row;
