//! Opening, on each kind of database: newer and altered states; readers and writers side by side; no room left.

use super::*;

on_each_state!(
    a_newer_or_altered_state_is_refused,
    a_full_disk_is_told_and_nothing_is_half_done,
    readers_read_while_a_change_is_being_written,
    writers_queue_and_none_is_lost,
    two_processes_may_make_the_database_at_once,
    a_reader_cannot_write,
    texts_are_ordered_byte_by_byte,
);

async fn a_newer_or_altered_state_is_refused(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    state.close().await;
    let (table, zero, yes) = match base {
        Base::Sqlite => ("_sqlx_migrations", "x'00'", "1"),
        Base::Postgres | Base::Mariadb => ("adressbote._sqlx_migrations", "'\\x00'", "true"),
    };
    home.sql(&format!("INSERT INTO {table} (version, description, success, checksum, execution_time) VALUES (9999, 'later', {yes}, {zero}, 0)"))
        .await;
    let error = home.open(1).await.unwrap_err();
    assert!(matches!(error, StateError::Newer { version: 9999, .. }), "{error:?}");
    home.sql(&format!("DELETE FROM {table} WHERE version = 9999; UPDATE {table} SET checksum = {zero} WHERE version = 2")).await;
    let error = home.open(1).await.unwrap_err();
    assert!(matches!(error, StateError::Altered { version: 2, .. }), "{error:?}");
}

async fn a_full_disk_is_told_and_nothing_is_half_done(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let folder = folder_of("anna");
    let pass = state.begin_pass(&PassKind::Full, "test", at(1)).await.unwrap();
    if base == Base::Sqlite {
        let mut change = state.change().await.unwrap();
        query("PRAGMA max_page_count = 1").execute(&mut change).await.unwrap();
        change.commit().await.unwrap();
    } else {
        // What the server says when its disk is full, at the 200th row.
        home.sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF NEW.record_key = 'p200' THEN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END IF; RETURN NEW; END $$; \
             CREATE TRIGGER full_disk BEFORE INSERT ON adressbote.intent FOR EACH ROW EXECUTE FUNCTION full_disk()",
        )
        .await;
    }
    let new: Vec<NewIntent> = (0..300).map(|n| create(&folder, &format!("p{n}"), writing("a", Property::ALL, &[]))).collect();
    let error = state.intend(pass, &new, at(1)).await.unwrap_err();
    assert!(matches!(error, StateError::Full(_)), "{error:?}");
    assert!(state.all_open_intents().await.unwrap().is_empty());
}

async fn readers_read_while_a_change_is_being_written(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    state.note_proven(&[("bars".to_owned(), 1)], at(1)).await.unwrap();
    let mut change = state.change().await.unwrap();
    query(include_str!("../../../queries/relation_proven.sql")).bind("bars").bind(2_i64).bind(0_i64).execute(&mut change).await.unwrap();
    let reads = futures::future::join_all((0..20).map(|_| state.last_counts())).await;
    assert!(reads.into_iter().all(|counts| counts.unwrap()["bars"] == 1), "a reader sees the last finished change");
    change.commit().await.unwrap();
    assert_eq!(state.last_counts().await.unwrap()["bars"], 2);
}

async fn writers_queue_and_none_is_lost(base: Base) {
    let Fresh { state, home } = fresh(base).await;
    let second = home.open(1).await.unwrap();
    let (customers, anna) = (book("customers"), adressbote_rules::key::Principal::of_user(&user("anna")));
    let writes = (0..60).map(|n| {
        let state = if n % 2 == 0 { state.clone() } else { second.clone() };
        let (customers, anna) = (customers.clone(), anna.clone());
        tokio::spawn(async move { state.put_filter((&customers, &anna), Some(&format!("A = {n}")), &by("anna"), at(n)).await })
    });
    for write in futures::future::join_all(writes).await {
        write.unwrap().unwrap();
    }
    // Each change reads the last version before it writes the next: none has read what another was about to replace.
    let versions: Vec<u32> = state.filter_history(&customers, &anna).await.unwrap().into_iter().map(|one| one.version).collect();
    assert_eq!(versions, (1..=60).collect::<Vec<_>>());
}

async fn two_processes_may_make_the_database_at_once(base: Base) {
    let home = Home::new(base).await;
    let opened = futures::future::join_all((0..4).map(|_| {
        let address = home.address();
        tokio::spawn(async move { State::open(&address, at(0)).await.unwrap().installation().await.unwrap().id })
    }));
    let ids: std::collections::BTreeSet<_> = opened.await.into_iter().map(|id| id.unwrap()).collect();
    assert_eq!(ids.len(), 1);
}

async fn a_reader_cannot_write(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let sql = "INSERT INTO seat (user_key, since_at) VALUES ('anna', 0)";
    let error = StateError::from(query(sql).execute(&mut state.reader().await.unwrap()).await.unwrap_err());
    match base {
        Base::Sqlite => assert!(matches!(error, StateError::ReadOnly), "{error:?}"),
        Base::Postgres | Base::Mariadb => assert!(matches!(error, StateError::Standby(_)), "{error:?}"),
    }
}

async fn texts_are_ordered_byte_by_byte(base: Base) {
    let Fresh { state, home: _home } = fresh(base).await;
    let names = ["Zorn", "a b", "a-b", "ab", "anna", "Ärger", "ß"];
    let seats = names.map(|name| Seat { user: user(name), since: at(1), lost_since: None });
    let mut backwards = seats.to_vec();
    backwards.reverse();
    state.write_seats(&backwards).await.unwrap();
    assert_eq!(state.seats().await.unwrap(), seats);
}
