//! A test for each kind of database: a story is told once, as a function that is given a [`Base`](crate::Base).

/// Makes of each test three: one on each kind of database.
#[macro_export]
macro_rules! on_each_database {
    ($($name:ident),+ $(,)?) => {
        $crate::on_one!(sqlite, Sqlite, $($name)+);
        $crate::on_one!(postgres, Postgres, $($name)+);
        $crate::on_one!(mariadb, Mariadb, $($name)+);
    };
}

/// The same for what only servers have.
#[macro_export]
macro_rules! on_each_server {
    ($($name:ident),+ $(,)?) => {
        $crate::on_one!(postgres, Postgres, $($name)+);
        $crate::on_one!(mariadb, Mariadb, $($name)+);
    };
}

/// The same for what keeps our own state.
#[macro_export]
macro_rules! on_each_state {
    ($($name:ident),+ $(,)?) => {
        $crate::on_one!(sqlite, Sqlite, $($name)+);
        $crate::on_one!(postgres, Postgres, $($name)+);
    };
}

/// The tests on one kind of database, in a module of its name.
#[doc(hidden)]
#[macro_export]
macro_rules! on_one {
    ($base:ident, $kind:ident, $($name:ident)+) => {
        mod $base { $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() { super::$name($crate::Base::$kind).await; })+ }
    };
}
