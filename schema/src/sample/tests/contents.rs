//! How many rows there are, and that they look like life.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Sample, another, now, sample};
use crate::sample::dice::{Dice, Words};
use crate::sample::place::Places;
use crate::sample::{Change, SampleError, Size, Summary, apply, create};

#[tokio::test]
async fn it_has_the_size_it_promises() {
    let folder = tempfile::tempdir().unwrap();
    let Summary { contacts, companies, phones, mail_addresses, postal_addresses, users, seats, groups, subscriptions, filters } =
        create(&folder.path().join("crm.sqlite"), Size::SAMPLE, 1, now()).await.unwrap();
    assert_eq!((contacts, companies, users, seats, groups), (5000, 1300, 60, 50, 12));
    assert!((7_000..10_000).contains(&phones), "{phones} phones");
    assert!((4_000..7_000).contains(&mail_addresses), "{mail_addresses} mail addresses");
    assert!((4_500..6_000).contains(&postal_addresses), "{postal_addresses} postal addresses");
    assert!((1_000..2_500).contains(&subscriptions), "{subscriptions} subscriptions");
    assert_eq!(filters, 26);
}

#[tokio::test]
async fn it_can_be_of_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sqlite");
    let made = create(&path, Size { contacts: 12_000, users: 700 }, 1, now()).await.unwrap();
    assert_eq!((made.contacts, made.companies, made.users), (12_000, 3_120, 700));
    assert!((530..640).contains(&made.seats) && (500..650).contains(&made.filters), "{made:?}");
    let sample = Sample { _folder: folder, path };
    let deepest = "WITH RECURSIVE up (id, depth) AS (SELECT id, 1 FROM user_group WHERE parent_id IS NULL UNION ALL
                   SELECT g.id, depth + 1 FROM user_group g JOIN up ON g.parent_id = up.id) SELECT max(depth) FROM up";
    assert_eq!(sample.count(deepest).await, 4, "a team in a district of a group of the sales");
    assert_eq!(sample.count("SELECT count(*) FROM crm_user WHERE id NOT IN (SELECT user_id FROM group_member)").await, 0);
    assert!(
        sample.count("SELECT count(DISTINCT owner_id) FROM contact WHERE owner_id GLOB '*.[0-9]*'").await > 200,
        "the new ones look after contacts, too"
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_file_and_another_seed_another() {
    let (one, same, other) = (sample(1).await, another().await, sample(2).await);
    let read = |sample: &Sample| std::fs::read(&sample.path).unwrap();
    assert!(read(&one) == read(&same), "two samples of one seed differ");
    assert!(read(&one) != read(&other), "two seeds give one sample");
}

#[tokio::test]
async fn a_file_that_exists_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("precious.sqlite");
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(create(&path, Size::SAMPLE, 1, now()).await, Err(SampleError::Exists(found)) if found == path));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn what_cannot_be_written_leaves_nothing_behind() {
    let missing = Path::new("/nonexistent folder/crm.sqlite");
    assert!(matches!(create(missing, Size::SAMPLE, 1, now()).await, Err(SampleError::Create { .. })));
    let error = apply(missing, Change::PhoneChanged, now()).await.unwrap_err();
    assert!(matches!(error, SampleError::Database { .. }), "{error}");
    assert!(!missing.exists());
}

#[tokio::test]
async fn people_and_companies_vary_as_in_life() {
    let sample = another().await;
    let promised: [(&'static str, &'static str, i64); 16] = [
        ("umlauts", "SELECT count(*) FROM contact WHERE last_name GLOB '*[äöüßÄÖÜ]*'", 500),
        ("double names", "SELECT count(*) FROM contact WHERE last_name LIKE '%-%'", 100),
        ("Müller-Lüdenscheidt", "SELECT count(*) FROM contact WHERE last_name = 'Müller-Lüdenscheidt'", 10),
        ("particles", "SELECT count(*) FROM contact WHERE last_name GLOB 'vo[nm] *'", 20),
        ("decomposed umlauts", "SELECT count(*) FROM contact WHERE last_name LIKE '%' || char(776) || '%'", 3),
        ("titles", "SELECT count(*) FROM contact WHERE academic_title LIKE 'Prof. Dr.%'", 20),
        ("no first name", "SELECT count(*) FROM contact WHERE last_name IS NOT NULL AND first_name IS NULL", 30),
        ("companies only", "SELECT count(*) FROM contact WHERE last_name IS NULL", 300),
        ("people only", "SELECT count(*) FROM contact WHERE company_id IS NULL", 400),
        ("long company names", "SELECT count(*) FROM company WHERE length(name) > 200", 5),
        ("leap day birthdays", "SELECT count(*) FROM contact WHERE birthday LIKE '%-02-29'", 5),
        ("no phone", "SELECT count(*) FROM contact c WHERE NOT EXISTS (SELECT 1 FROM phone WHERE contact_id = c.id)", 50),
        ("four phones", "SELECT count(*) FROM (SELECT 1 FROM phone GROUP BY contact_id HAVING count(*) = 4)", 5),
        (
            "more than two office phones",
            "SELECT count(*) FROM (SELECT 1 FROM phone WHERE kind = 'office' GROUP BY contact_id HAVING count(*) > 2)",
            5,
        ),
        ("private phones", "SELECT count(*) FROM phone WHERE is_private = 1", 200),
        ("secret companies", "SELECT count(*) FROM company WHERE is_secret = 1", 4),
    ];
    for (what, sql, least) in promised {
        let found = sample.count(sql).await;
        assert!(found >= least, "{what}: {found}, expected at least {least}");
    }
}

#[tokio::test]
async fn everybody_is_invented() {
    let sample = another().await;
    let mails = sample.texts("SELECT address FROM mail_address UNION ALL SELECT mail FROM crm_user WHERE mail IS NOT NULL").await;
    assert!(mails.iter().all(|mail| mail.ends_with(".example") && mail.is_ascii() && mail.matches('@').count() == 1));
    let odd: Vec<&String> = mails.iter().filter(|mail| mail.contains("..") || mail.contains(".@") || mail.starts_with('.')).collect();
    assert!(odd.is_empty(), "{odd:?}");
    let sites = sample.texts("SELECT website FROM company WHERE website IS NOT NULL").await;
    assert!(sites.iter().all(|site| site.ends_with(".example")));
}

#[tokio::test]
async fn numbers_are_spelled_in_many_ways() {
    let sample = another().await;
    let shape = |number: &String| -> String {
        let mut shape: String = number.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect();
        while shape.contains("99") {
            shape = shape.replace("99", "9");
        }
        shape
    };
    let numbers = sample.texts("SELECT number FROM phone").await;
    let shapes: BTreeSet<String> = numbers.iter().map(shape).collect();
    assert!(shapes.len() > 25, "{shapes:?}");
    for beginning in ["0049 (0) ", "+43 ", "+41 (0)", "(0", "Tel.: "] {
        assert!(numbers.iter().any(|number| number.starts_with(beginning)), "no number begins with {beginning:?}");
    }
    assert!(numbers.iter().any(|number| number.contains(" DW ")));
}

#[test]
fn every_region_has_cities_and_every_list_has_words() {
    let mut dice = Dice::new(1);
    let places = Places::new();
    for region in ["Nord", "Ost", "West", "Süd", "Österreich", "Schweiz"] {
        assert_eq!(places.city_in(region, &mut dice).unwrap().region, region);
    }
    assert!((0..1000).all(|_| places.city(&mut dice).is_some()), "the shares of the regions do not add up to 100");
    for country in ["DE", "AT", "CH"] {
        for file in [include_str!("../data/titles.txt"), include_str!("../data/legal_forms.txt")] {
            assert!(!Words::of_country(file, country).all().is_empty());
        }
    }
}
