//! What a database says of itself: tables, columns, keys. No row of it is read.

use adressbote_rules::value::Kind;

use crate::profile::Database;

/// The tables and views of a database that the account sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// The kind of database.
    pub database: Database,
    /// Its tables and views.
    pub tables: Vec<Table>,
    /// Tables and views that could not be looked at, each with why.
    pub unread: Vec<String>,
}

/// A table or view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The schema before its name, where it is not found without.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether it is a view.
    pub is_view: bool,
    /// About how many rows it has: a server's estimate, SQLite's count up to 100,000; none if there is neither.
    pub rows: Option<u64>,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The columns of its primary key.
    pub key: Vec<String>,
    /// Its foreign keys of one column.
    pub foreign: Vec<Foreign>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the database writes it.
    pub ty: String,
    /// Whether it may be NULL.
    pub is_nullable: bool,
}

/// A foreign key of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The column.
    pub column: String,
    /// The schema of the table that it points to, where that is not found without.
    pub schema: Option<String>,
    /// The table that it points to.
    pub table: String,
    /// The column there.
    pub to: String,
}

impl Table {
    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Column {
    /// The kind that its type stands for; none for what is not read, such as bytes.
    pub fn kind(&self) -> Option<Kind> {
        let ty = self.ty.to_lowercase();
        let base = ty.split('(').next().unwrap_or_default().trim();
        let begins = |words: &[&str]| words.iter().any(|word| base.starts_with(word));
        if ty.ends_with("[]") || begins(&["blob", "binary", "varbinary", "bytea", "image", "geom", "point", "polygon", "interval", "tsvector"]) {
            return None;
        }
        Some(match () {
            () if base.ends_with("blob") => return None,
            () if begins(&["bool", "bit"]) || ty.starts_with("tinyint(1)") => Kind::Bool,
            () if begins(&["timestamp", "datetime"]) => Kind::Moment,
            () if base == "date" => Kind::Date,
            () if base.contains("int") || base.contains("serial") => Kind::Int,
            () if begins(&["real", "double", "float", "numeric", "decimal", "money", "number"]) => Kind::Real,
            () => Kind::Text,
        })
    }

    /// Whether its values can be keys.
    pub fn is_key_like(&self) -> bool {
        matches!(self.kind(), Some(Kind::Int | Kind::Text | Kind::Real))
    }
}
