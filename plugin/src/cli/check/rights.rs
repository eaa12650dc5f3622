//! Whether what the CRM says makes sense as a whole: rights that exclude nobody, or everybody, are often mistakes. `profile check` finds the same.

use adressbote_rules::crm::{Crm, Silence};
use adressbote_rules::filter::Filter;
use adressbote_rules::key::UserKey;
use adressbote_rules::map::Mapping;
use adressbote_rules::seat::Licence;
use adressbote_rules::sight::{Census, Snapshot};
use adressbote_schema::crm::{Listed, Report, Unused};
use adressbote_schema::profile::Profile;

use super::Findings;
use crate::app::App;
use crate::cli::asker::unknown_user;
use crate::cli::output::many;
use crate::worker::reading::Reading;

/// How many keys stand in a sentence.
const NAMED: usize = 5;

/// What a reading of the CRM shows in numbers.
pub fn look_at_report(profile: &Profile, report: &Report, findings: &mut Findings) {
    let rows = |name: &str| report.relations.iter().find(|one| one.name == name).and_then(|one| one.rows).unwrap_or_default();
    findings.ok("reading", format!("{}, {}, {}", many(rows("view"), "record"), many(report.users, "user"), many(rows("groups"), "group")));
    look_at_doubts(report, findings);
    look_at_people(report, findings);
    look_at_rights(profile, report, findings);
    look_at_pointers(report, findings);
    if !report.broken_filters.is_empty() {
        let sentence = format!("the filters of {} cannot be understood", report.broken_filters.join(", "));
        findings.warn("filters", sentence, "`adressbote filter list` says why; their holders' folders stay as they are");
    }
}

fn look_at_doubts(report: &Report, findings: &mut Findings) {
    for relation in &report.relations {
        if let Some(doubt) = &relation.doubt {
            let sentence = format!("relation {} is in doubt: {doubt}; nothing is delivered from it", relation.name);
            findings.stop(
                "reading",
                sentence,
                "correct it in the CRM or profile; if it is right as it is, `adressbote doubt list` says how to confirm that",
            );
        }
    }
    for (relation, count) in &report.doubtful_records {
        findings.warn(
            "reading",
            format!("{} cannot be read well in {relation}; the first: {}", many(*count, "record"), first(&report.doubtful_first)),
            "correct these rows in the CRM (`adressbote explain` tells what is wrong with one); their copies stay meanwhile",
        );
    }
    if report.doubtful_users > 0 {
        let users = first(&report.doubtful_users_first);
        let sentence = format!("what the CRM says of {} cannot be read well; the first: {users}", many(report.doubtful_users, "user"));
        findings.warn("reading", sentence, "correct their rows in the CRM; their folders stay meanwhile");
    }
    for (part, count) in report.part_rows_without_record.iter().filter(|(_, count)| **count > 0) {
        let sentence = format!("{} of part {part} belong to no record of the view", many(*count, "row"));
        findings.tell("reading", sentence, "as it should be where the view leaves records out; else look at the part's `record`");
    }
    for (what, outside) in &report.outside_view {
        let sentence = format!("{what}: {} of records that are not in the view, the first: {}", many(outside.count, "row"), first(&outside.first));
        findings.tell("reading", sentence, "as it should be where the view leaves records out; else look at the keys: both must be the same");
    }
}

fn look_at_people(report: &Report, findings: &mut Findings) {
    if report.users == 0 {
        findings.stop("users", "the profile gives no user: nobody is served", "look at the profile's `users`");
    }
    if report.users_without_mail > 0 {
        let sentence = format!(
            "without a mail address: {}; the first: {}",
            many(report.users_without_mail, "active user"),
            first(&report.users_without_mail_first)
        );
        findings.tell("users", sentence, "without one no mailbox can be found for them");
    }
    if !report.shared_mails.is_empty() {
        let sentence = format!("users with one mail address together: {}", listed(&report.shared_mails));
        findings.warn("users", sentence, "a mailbox has one user at most, so neither is served; give each his own in the CRM");
    }
}

fn look_at_rights(profile: &Profile, report: &Report, findings: &mut Findings) {
    if report.record_rules == 0 {
        findings.warn(
            "rights",
            "the profile has no right rule: every user may see every record",
            "if the CRM limits who sees what, the profile must say so",
        );
    }
    if report.unheld_principals > 0 {
        let sentence = format!(
            "nobody holds {} of the principals that rights, subscriptions or filters name: {}",
            report.unheld_principals,
            report.unheld_first.join(", ")
        );
        findings.tell("rights", sentence, "often groups without members; if they should have some, look at the profile's `holds`");
    }
    if !report.unknown_sources.is_empty() {
        let sentence = format!("field rights speak of what the view does not have: {}", report.unknown_sources.join(", "));
        findings.warn("rights", sentence, "name these sources at the columns of the profile, or field rights do not act there");
    }
    if profile.silence() == Silence::Masked && !report.unnamed_sources.is_empty() {
        let sentence = format!(
            "no field right names {} of the view, and silence means masked: only who is exempt may read {}",
            many(report.unnamed_sources.count, "source"),
            listed(&report.unnamed_sources)
        );
        findings.warn("rights", sentence, "let `field_rights` name them; if the CRM keeps no field back: silence = \"readable\" in [field_rights]");
    }
}

fn look_at_pointers(report: &Report, findings: &mut Findings) {
    for (what, lost) in &report.pointing_nowhere {
        let sentence = format!("{what} names users or groups that there are not, in {}: {}", many(lost.count, "row"), listed(lost));
        findings.warn("rights", sentence, "they have no effect; look at the keys in the profile, or for what was deleted in the CRM by halves");
    }
    if !report.idle_implies.is_empty() {
        let sentence = format!("{} of `implies` have no effect: {}", many(report.idle_implies.count, "row"), listed(&report.idle_implies));
        findings.tell("rights", sentence, "nobody holds the first principal, or nothing speaks of the second");
    }
}

/// What the profile reads and nothing uses.
pub fn look_at_unused(unused: &Unused, findings: &mut Findings) {
    if !unused.fields.is_empty() {
        let sentence = format!("never mapped: neither mapping, order nor any filter uses the fields {}", unused.fields.join(", "));
        findings.tell("mapping", sentence, "users may still filter by them; else leave them out, or map them");
    }
    if !unused.columns.is_empty() {
        let sentence = format!("no field is made of the columns {}", unused.columns.join(", "));
        findings.tell("mapping", sentence, "leave them out of the profile's SQL, or make fields of them");
    }
}

/// What of the mapping never gives a value.
pub fn look_at_mapping(snapshot: &Snapshot, mapping: &Mapping, findings: &mut Findings) {
    let unfed = snapshot.unfed(mapping);
    if snapshot.record_keys().next().is_some() && !unfed.is_empty() {
        let each = unfed.iter().map(|one| format!("{}: {}", one.place, one.path)).collect::<Vec<_>>().join("\n");
        findings.tell("mapping", format!("expressions that give no value in any record:\n{each}"), "look at the names and values in them");
    }
}

/// Whether rights make sense for those users who are meant: what they see, and what nobody sees.
pub fn look_at_census(census: &Census, is_meant: impl Fn(&UserKey) -> bool, findings: &mut Findings) {
    let meant: Vec<(&UserKey, usize)> = census.sees.iter().filter(|(user, _)| is_meant(user)).map(|(user, count)| (user, *count)).collect();
    if census.records == 0 {
        findings.warn("reading", "the view has no record", "look at the profile's view and at the database");
        return;
    }
    let all: Listed = meant.iter().filter(|(_, count)| *count == census.records).map(|(user, _)| user.as_str()).collect();
    let blind: Listed = meant.iter().filter(|(_, count)| *count == 0).map(|(user, _)| user.as_str()).collect();
    let names = if all.is_empty() { String::new() } else { format!(": {}", listed(&all)) };
    findings.ok("rights", format!("{} looked at; {} may see every record{names}", many(meant.len(), "user"), all.count));
    if !blind.is_empty() {
        let sentence = format!("may see no record at all: {} ({})", many(blind.count, "user"), listed(&blind));
        findings.warn("rights", sentence, "`adressbote explain` tells why");
    }
    let unseen: Listed = census.unseen.iter().map(|record| record.as_str()).collect();
    if census.unseen.len() == census.records {
        findings.warn("rights", "no active internal user may see any record", "look at the profile's rules, and at `holds`");
    } else if !unseen.is_empty() {
        let sentence = format!("no active internal user may see {}; the first: {}", many(unseen.count, "record"), first(&unseen.first));
        findings.tell("rights", sentence, "`adressbote explain` tells which rule hides one");
    }
}

/// What the users who are served may see.
pub fn look_at_users(app: &App, reading: &Reading, findings: &mut Findings) {
    let snapshot = &reading.snapshot;
    let is_seated = |user: &UserKey| reading.licence(user) == Licence::Seated;
    let seated = snapshot.users().filter(|user| user.is_active && is_seated(&user.key)).count();
    findings.ok("users", format!("served: {}", many(seated, "user")));
    if seated == 0 {
        findings.warn("users", "no user is served", "look at the profile's `seats`, and at `seats` in section [worker]");
    }
    let waiting = snapshot.users().filter(|user| reading.licence(&user.key) == Licence::Waiting).count();
    if waiting > 0 {
        let limit = app.config.worker.seats.unwrap_or_default();
        findings.warn("users", format!("waiting for a seat: {}; there are {limit}", many(waiting, "user")), "raise `seats` in section [worker]");
    }
    look_at_census(&snapshot.census(), is_seated, findings);
}

/// The filters of a reading that are understood.
pub fn understood(crm: &Crm) -> impl Iterator<Item = &Filter> {
    crm.filters.rows().iter().filter_map(|row| row.filter.as_ref().ok())
}

/// The first names, for a sentence that says how many there are.
fn first(names: &[String]) -> String {
    names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ")
}

/// The first names, and that there are more.
pub fn listed(names: &Listed) -> String {
    let shown = names.first.len().min(NAMED);
    let more = if names.count > shown as u64 { ", …" } else { "" };
    format!("{}{more}", first(&names.first))
}

/// The address whose mailbox is tried.
pub fn address(reading: &Reading, user: Option<&str>, findings: &mut Findings) -> Option<String> {
    let Some(user) = user.map(UserKey::new) else {
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
