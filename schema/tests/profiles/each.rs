//! A test for each kind of database.

/// Makes of each test three: one on each kind of database.
macro_rules! on_each_database {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name($crate::server::Base::Sqlite).await; })+ }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name($crate::server::Base::Postgres).await; })+ }
        mod mariadb { $(#[tokio::test] async fn $name() { super::$name($crate::server::Base::Mariadb).await; })+ }
    };
}

/// The same for what only servers have.
macro_rules! on_each_server {
    ($($name:ident),+ $(,)?) => {
        mod postgres { $(#[tokio::test] async fn $name() { super::$name($crate::server::Base::Postgres).await; })+ }
        mod mariadb { $(#[tokio::test] async fn $name() { super::$name($crate::server::Base::Mariadb).await; })+ }
    };
}

pub(crate) use {on_each_database, on_each_server};
