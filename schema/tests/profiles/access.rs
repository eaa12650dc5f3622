//! The CRM's file: that it is never written, and what is said when it cannot be read.

use std::fs;
use std::path::Path;
use std::time::Duration;

use adressbote_schema::crm::{CrmError, CrmSource, Own, Patience};

use crate::fixture::Case;
use crate::streamed::read;

async fn refused(path: &Path) -> CrmError {
    CrmSource::open_sqlite(path).await.expect_err("the file cannot be read")
}

fn impatient() -> Patience {
    Patience { lock: Duration::from_millis(200), ..Patience::default() }
}

#[tokio::test]
async fn a_missing_file_is_named_and_not_created() {
    let case = Case::new().await;
    let path = case.path("keine.sqlite");
    let error = refused(&path).await;
    assert!(matches!(error, CrmError::Missing { .. }), "{error}");
    assert_eq!(error.to_string(), format!("the CRM database {} does not exist", path.display()));
    assert!(!path.exists());
}

#[tokio::test]
async fn other_files_are_no_databases() {
    let case = Case::new().await;
    let text = case.path("brief.txt");
    fs::write(&text, "Sehr geehrte Damen und Herren, ".repeat(100)).unwrap();
    assert!(matches!(refused(&text).await, CrmError::NotADatabase { .. }));
    assert!(matches!(refused(&case.path(".")).await, CrmError::NotADatabase { .. }));
    fs::write(&text, "").unwrap();
    assert!(matches!(refused(&text).await, CrmError::Empty { .. }));
    assert_eq!(fs::read(&text).unwrap(), b"");
}

#[tokio::test]
async fn a_truncated_database_is_damaged_or_doubtful_but_never_taken_for_whole() {
    let case = Case::new().await;
    let whole = fs::read(case.database()).unwrap();
    fs::write(case.database(), &whole[..whole.len() / 2]).unwrap();
    let source = CrmSource::open_sqlite(&case.database()).await;
    match source {
        Err(error) => assert!(matches!(error, CrmError::Damaged { .. }), "{error}"),
        Ok(source) => {
            let found = read(&case.profile(), &source, &Own::default(), None).await;
            let doubts = found.map(|found| found.report(&case.profile()).relations.iter().filter(|one| one.doubt.is_some()).count());
            assert!(doubts.map_or(true, |count| count > 0));
        }
    }
}

#[tokio::test]
async fn text_in_another_encoding_is_refused() {
    let case = Case::new().await;
    fs::remove_file(case.database()).unwrap();
    case.sql("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a)").await;
    let error = refused(&case.database()).await;
    assert!(matches!(&error, CrmError::Encoding { encoding, .. } if encoding == "UTF-16le"), "{error}");
}

#[tokio::test]
async fn reading_changes_no_byte_of_the_file() {
    let case = Case::new().await;
    let before = fs::read(case.database()).unwrap();
    case.read().await;
    assert_eq!(fs::read(case.database()).unwrap(), before);
    let names: Vec<String> =
        fs::read_dir(case.database().parent().unwrap()).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().all(|name| name == "crm.sqlite" || name == "profile"), "{names:?}");
}

#[tokio::test]
async fn a_writer_that_has_begun_does_not_stop_us_in_wal_mode() {
    let case = Case::new().await;
    case.sql("PRAGMA journal_mode = WAL").await;
    let mut writer = case.writer().await;
    writer.run("BEGIN EXCLUSIVE; UPDATE person SET last_name = 'Neu'").await;
    let source = case.source_with(impatient()).await;
    let found = read(&case.profile(), &source, &Own::default(), None).await.unwrap();
    assert_eq!(found.crm.records.rows().len(), 5);
    writer.close().await;
}

#[tokio::test]
async fn a_writer_that_commits_keeps_us_out_in_rollback_mode() {
    let case = Case::new().await;
    let source = case.source_with(impatient()).await;
    let mut writer = case.writer().await;
    writer.run("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE").await;
    let error = read(&case.profile(), &source, &Own::default(), None).await.unwrap_err();
    assert!(matches!(error, CrmError::Locked { waited, .. } if waited == impatient().lock), "{error}");
    assert!(error.hint().contains("try again"));
    writer.run("ROLLBACK").await;
    assert!(read(&case.profile(), &source, &Own::default(), None).await.is_ok(), "the next pass reads again");
    writer.close().await;
}

#[tokio::test]
async fn a_file_put_in_its_place_is_noticed() {
    let case = Case::new().await;
    let source = case.source().await;
    let before = read(&case.profile(), &source, &Own::default(), None).await.unwrap();
    fs::rename(case.database(), case.path("alt.sqlite")).unwrap();
    assert!(matches!(read(&case.profile(), &source, &Own::default(), None).await, Err(CrmError::Missing { .. })));
    fs::copy(case.path("alt.sqlite"), case.database()).unwrap();
    case.sql("DELETE FROM person WHERE id = 104").await;
    let after = read(&case.profile(), &source, &Own::default(), None).await.unwrap();
    assert_eq!(before.crm.records.rows().len(), after.crm.records.rows().len() + 1);
}
