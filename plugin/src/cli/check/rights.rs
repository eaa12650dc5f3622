//! Whether what the CRM says makes sense as a whole: rights that exclude nobody, or everybody, are often mistakes.

use adressbote_rules::seat::Licence;
use adressbote_schema::crm::Report;

use super::Findings;
use crate::app::App;
use crate::cli::asker::unknown_user;
use crate::cli::output::many;
use crate::worker::reading::Reading;

/// What a reading of the CRM shows in numbers.
pub fn look_at_report(report: &Report, findings: &mut Findings) {
    let rows = |name: &str| report.relations.iter().find(|one| one.name == name).and_then(|one| one.rows).unwrap_or_default();
    findings.ok("reading", format!("{}, {}, {}", many(rows("view"), "record"), many(report.users, "user"), many(rows("groups"), "group")));
    for relation in &report.relations {
        if let Some(doubt) = &relation.doubt {
            let sentence = format!("relation {} is in doubt: {doubt}; nothing is delivered from it", relation.name);
            findings.warn("reading", sentence, "correct it in the CRM or profile; if it is right as it is: `adressbote doubt confirm`");
        }
    }
    for (relation, count) in &report.doubtful_records {
        findings.warn(
            "reading",
            format!("{} cannot be read well in {relation}; {}", many(*count, "record"), named(&report.doubtful_first)),
            "correct these rows in the CRM (`adressbote explain` tells what is wrong with one); their copies stay meanwhile",
        );
    }
    if report.doubtful_users > 0 {
        let users = named(&report.doubtful_users_first);
        let sentence = format!("what the CRM says of {} cannot be read well; {users}", many(report.doubtful_users, "user"));
        findings.warn("reading", sentence, "correct their rows in the CRM; their folders stay meanwhile");
    }
    if report.record_rules == 0 {
        findings.warn(
            "rights",
            "the profile has no right rule: every user may see every record",
            "if the CRM limits who sees what, the profile must say so",
        );
    }
    if report.users_without_mail > 0 {
        let sentence = format!("without a mail address: {}", many(report.users_without_mail, "active user"));
        findings.advise("users", sentence, "without one no mailbox can be found for them");
    }
    if report.unheld_principals > 0 {
        let sentence = format!(
            "nobody holds {} of the principals that rights, subscriptions or filters name: {}",
            report.unheld_principals,
            report.unheld_first.join(", ")
        );
        findings.advise("rights", sentence, "often groups without members; if they should have some, look at the profile's `holds`");
    }
    if !report.unknown_sources.is_empty() {
        let sentence = format!("field rights speak of what the view does not have: {}", report.unknown_sources.join(", "));
        findings.warn("rights", sentence, "name these sources at the columns of the profile, or field rights do not act there");
    }
    if !report.broken_filters.is_empty() {
        let sentence = format!("the filters of {} cannot be understood", report.broken_filters.join(", "));
        findings.warn("filters", sentence, "`adressbote filter list` says why; their holders' folders stay as they are");
    }
}

fn named(first: &[String]) -> String {
    format!("the first: {}", first.join(", "))
}

/// What the users who are served may see.
pub fn look_at_users(app: &App, reading: &Reading, findings: &mut Findings) {
    let snapshot = &reading.snapshot;
    let records: Vec<_> = snapshot.record_keys().collect();
    let (mut seated, mut blind, mut all) = (0_usize, Vec::new(), 0_usize);
    for viewer in
        snapshot.users().filter(|user| user.is_active && reading.licence(&user.key) == Licence::Seated).filter_map(|user| snapshot.viewer(&user.key))
    {
        seated += 1;
        let visible = records.iter().filter(|record| !snapshot.record_is_hidden(&viewer, record)).count();
        if visible == 0 {
            blind.push(viewer.person().id.to_string());
        }
        all += usize::from(visible == records.len());
    }
    findings.ok("rights", format!("served: {}; of these, {all} may see every record", many(seated, "user")));
    if seated == 0 {
        findings.warn("users", "no user is served", "look at the profile's `seats`, and at `seats` in section [worker]");
    }
    if !blind.is_empty() {
        let first = blind.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        findings.warn(
            "rights",
            format!("served, but may see no record at all: {} ({first})", many(blind.len(), "user")),
            "`adressbote explain` tells why",
        );
    }
    if records.is_empty() {
        findings.warn("reading", "the view has no record", "look at the profile's view and at the database");
    }
    let waiting = snapshot.users().filter(|user| reading.licence(&user.key) == Licence::Waiting).count();
    if waiting > 0 {
        let limit = app.config.worker.seats.unwrap_or_default();
        findings.warn("users", format!("waiting for a seat: {}; there are {limit}", many(waiting, "user")), "raise `seats` in section [worker]");
    }
}

/// The address whose mailbox is tried.
pub fn address(reading: &Reading, user: Option<&str>, findings: &mut Findings) -> Option<String> {
    let Some(user) = user.map(adressbote_rules::key::UserKey::new) else {
        let mut seated = reading.snapshot.users().filter(|user| user.is_active && reading.licence(&user.key) == Licence::Seated);
        return seated.find_map(|user| user.mail.clone());
    };
    match reading.snapshot.viewer(&user) {
        Some(viewer) => viewer.user().mail.clone(),
        None => {
            findings.fail("mailbox", unknown_user(&reading.snapshot, &user));
            None
        }
    }
}
