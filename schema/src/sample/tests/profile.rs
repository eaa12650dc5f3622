//! The sample and its profile fit together.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::crm::{Answer, Crm};
use adressbote_rules::key::{Principal, UserKey};

use super::{Sample, another, now};
use crate::crm::{CrmSource, Own, Read, read};
use crate::profile::Profile;

async fn reading(sample: &Sample) -> (Profile, Read) {
    let profile = Profile::embedded("reference").unwrap();
    let source = CrmSource::open_sqlite(&sample.path).await.unwrap();
    profile.check_columns(&source).await.unwrap();
    let found = read(&profile, &source, &Own::default(), None).await.unwrap();
    (profile, found)
}

#[tokio::test]
async fn the_profile_reads_the_sample_without_a_doubt() {
    let (profile, found) = reading(&another().await).await;
    let report = found.report(&profile);
    for relation in &report.relations {
        assert_eq!(relation.doubt, None, "{}", relation.name);
        assert!(relation.rows.is_some_and(|rows| rows > 0), "{} has no rows", relation.name);
    }
    assert!(report.doubtful_records.is_empty(), "{:?}", report.doubtful_records);
    assert!(report.part_rows_without_record.is_empty(), "{:?}", report.part_rows_without_record);
    assert!(report.unknown_sources.is_empty(), "{:?}", report.unknown_sources);
    assert!(report.broken_filters.is_empty(), "{:?}", report.broken_filters);
    assert_eq!(report.unheld_first, Vec::<String>::new());
    assert_eq!((report.users, report.active_users, report.record_rules), (60, 58, 2));
    assert_eq!(found.crm.records.rows().len(), 5000);
}

#[test]
fn a_part_that_is_cut_by_kind_is_masked_with_the_kind() {
    let profile = Profile::embedded("reference").unwrap();
    for name in ["business", "home"] {
        let part = profile.view().parts().iter().find(|part| part.name == name).unwrap();
        for column in &part.columns {
            assert!(column.sources.iter().any(|source| source.as_str() == "address.kind"), "{name}.{}", column.name);
        }
    }
}

#[tokio::test]
async fn a_field_right_that_the_view_does_not_know_is_a_doubt() {
    let sample = another().await;
    let mut connection = sample.connection().await;
    sqlx::query("INSERT INTO field_right (group_id, field, may_read) VALUES ('service', 'contact.shoe_size', 0)")
        .execute(&mut connection)
        .await
        .unwrap();
    let (_, found) = reading(&sample).await;
    assert!(found.crm.field_rights.doubt().unwrap().to_string().contains("shoe_size"));
    assert_eq!(found.crm.users.doubt(), None);
}

/// Which principals each active user holds now, by `holds` and `implies`.
fn held(crm: &Crm) -> BTreeMap<&UserKey, BTreeSet<Principal>> {
    let implies: Vec<_> = crm.implies.rows().iter().filter(|row| row.during.covers(now())).collect();
    let mut held: BTreeMap<&UserKey, BTreeSet<Principal>> = BTreeMap::new();
    for user in crm.users.rows().iter().filter(|user| user.is_active) {
        held.entry(&user.key).or_default().insert(Principal::of_user(&user.key));
    }
    for row in crm.holds.rows().iter().filter(|row| row.during.covers(now())) {
        if let Some(principals) = held.get_mut(&row.user) {
            principals.insert(row.principal.clone());
        }
    }
    for principals in held.values_mut() {
        loop {
            let more: BTreeSet<Principal> = implies.iter().filter(|row| principals.contains(&row.principal)).map(|row| row.implied.clone()).collect();
            if more.is_subset(principals) {
                break;
            }
            principals.extend(more);
        }
    }
    held
}

#[tokio::test]
async fn there_are_exactly_six_masks() {
    let (_, found) = reading(&another().await).await;
    let crm = &found.crm;
    let denied: Vec<_> = crm.field_rights.rows().iter().filter(|right| right.answer == Answer::Deny && right.during.covers(now())).collect();
    let seats: BTreeSet<&UserKey> = crm.seats.rows().iter().map(|seat| &seat.user).collect();
    let (mut all, mut seated) = (BTreeSet::new(), BTreeSet::new());
    for (user, principals) in held(crm) {
        let mask: BTreeSet<&str> = denied.iter().filter(|right| principals.contains(&right.principal)).map(|right| right.source.as_str()).collect();
        if seats.contains(user) {
            seated.insert(mask.clone());
        }
        all.insert(mask);
    }
    assert_eq!(all.len(), 6, "{all:?}");
    assert_eq!(seated, all, "a mask is met by nobody with a seat");
    assert!(all.iter().any(|mask| mask.contains("main.first_name")), "no mask hides a sort key");
    assert!(all.iter().any(|mask| mask.contains("main.revenue")), "no mask hides what a filter asks for");
}

#[tokio::test]
async fn groups_nest_three_deep_and_inactive_and_foreign_users_exist() {
    let sample = another().await;
    let deepest = "WITH RECURSIVE deep (id, depth) AS (SELECT id, 1 FROM user_group WHERE parent_id IS NULL
                   UNION ALL SELECT g.id, depth + 1 FROM user_group g JOIN deep ON g.parent_id = deep.id) SELECT max(depth) FROM deep";
    assert_eq!(sample.count(deepest).await, 3);
    assert_eq!(sample.count("SELECT count(*) FROM crm_user WHERE is_active = 0").await, 1);
    assert_eq!(sample.count("SELECT count(*) FROM crm_user WHERE is_internal = 0").await, 1);
}
