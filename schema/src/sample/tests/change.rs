//! Each change touches what it says.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use sqlx::Connection;

use super::{another, now, sample};
use crate::sample::{Change, SampleError, apply};

#[tokio::test]
async fn every_change_finds_somebody_whatever_the_seed_and_the_order() {
    for seed in [1, 99] {
        let made = sample(seed).await;
        for order in [Change::ALL.to_vec(), Change::ALL.into_iter().rev().collect()] {
            let path = made.path.with_extension("changed");
            std::fs::copy(&made.path, &path).unwrap();
            let mut users = BTreeSet::new();
            for change in order {
                let before = std::fs::read(&path).unwrap();
                let applied = apply(&path, change, now() + TimeDelta::seconds(1)).await.unwrap();
                assert!(before != std::fs::read(&path).unwrap(), "{applied} changed nothing");
                assert!(!applied.to_string().contains('?'), "{applied}");
                assert!(applied.user.is_none_or(|user| users.insert(user)), "seed {seed}: a user is concerned twice");
            }
        }
    }
}

#[tokio::test]
async fn changes_say_whom_they_concern() {
    let sample = another().await;
    let shares = "SELECT count(*) FROM contact_share";
    let before = sample.count(shares).await;
    let withdrawn = apply(&sample.path, Change::RecordRightWithdrawn, now()).await.unwrap();
    assert_eq!(sample.count(shares).await, before - 1);
    let again = apply(&sample.path, Change::RecordRightWithdrawn, now()).await.unwrap();
    assert_ne!(withdrawn, again, "the same share was withdrawn twice");

    let left = apply(&sample.path, Change::UserLeaves, now()).await.unwrap().user.unwrap();
    assert!(sample.texts("SELECT id FROM crm_user WHERE is_active = 0").await.contains(&left));

    let right = apply(&sample.path, Change::FieldRightWithdrawn, now()).await.unwrap();
    assert_eq!(right.field.as_deref(), Some("contact.birthday"));
    assert!(right.group.is_some());

    apply(&sample.path, Change::RightExpires, now()).await.unwrap();
    assert_eq!(sample.count("SELECT count(*) FROM contact_share WHERE valid_until = '2026-11-21T10:00:00Z'").await, 1);
}

#[tokio::test]
async fn a_sample_with_nothing_left_to_change_says_so() {
    let sample = another().await;
    let mut connection = sample.connection().await;
    sqlx::query("DELETE FROM contact_share").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = apply(&sample.path, Change::RightExpires, now()).await.unwrap_err();
    assert!(matches!(error, SampleError::NoSubject { change: Change::RightExpires, .. }), "{error}");
}
