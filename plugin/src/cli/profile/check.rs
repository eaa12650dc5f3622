//! `profile check`: carries out every statement of a profile and finds what is wrong. What `check` finds as well is found by the same lines.

use std::time::Duration;

use adressbote_rules::map::Mapping;
use adressbote_rules::sight::{Census, Snapshot};
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{
    ColumnInspected, CrmSource, Inspection, Own, Patience, Read, RelationInspected, Report, Unused, Wish, inspect, read, unused,
};
use adressbote_schema::profile::Profile;
use adressbote_schema::state::AuditEntry;
use chrono::Utc;
use serde::Serialize;

use super::Place;
use crate::app::load_profile;
use crate::cli::Desk;
use crate::cli::actor;
use crate::cli::asker::Contents;
use crate::cli::check::rights;
use crate::cli::exit::Exit;
use crate::cli::finding::Findings;
use crate::cli::output::{many, plain, table};
use crate::config::{Config, ConfigError};
use crate::worker::reading::ReadingError;

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its name, or its folder (anything with a `/`); without it, the configuration's
    #[arg(value_name = "PROFILE")]
    profile: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Show the database's plan of statements that take so long
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = seconds)]
    slow: f64,
    #[command(flatten)]
    contents: Contents,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "write seconds, such as 2 or 0.5".to_owned())?;
    if (0.0..=86_400.0).contains(&seconds) { Ok(seconds) } else { Err("write seconds between 0 and a day".to_owned()) }
}

/// What was found.
#[derive(Debug, Serialize)]
struct Checked {
    /// The reading in numbers.
    report: Report,
    /// Every statement, column by column.
    statements: Inspection,
    /// What nothing uses.
    unused: Unused,
    /// Who sees how much; none where rights cannot be told.
    sight: Option<Sight>,
    /// What it means, what weighs most first.
    #[serde(flatten)]
    findings: Findings,
}

/// Who sees how much.
#[derive(Debug, Serialize)]
struct Sight {
    records: usize,
    /// Active internal users who see every record.
    see_all: usize,
    /// Those who see none.
    see_none: usize,
    /// Records that none of them sees.
    unseen: usize,
}

/// Checks and prints.
///
/// # Errors
/// When profile or database cannot be read at all.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let Args { profile, place, slow, contents } = args;
    let (name, database) = match (profile, place.address()?) {
        (Some(profile), Some(database)) => (profile, database),
        (profile, database) => {
            let config = Config::load(&desk.config)?;
            (profile.unwrap_or(config.crm.profile.clone()), database.map_or_else(|| config.crm.address(), Ok)?)
        }
    };
    let profile = load_profile(&name)?;
    let source = CrmSource::open(&database, Patience::default()).await?;
    profile.check_columns(&source).await?;
    let mut findings = Findings::default();
    if contents.contents {
        note(&contents, &profile, desk, &mut findings).await?;
    }
    let wish = Wish { slow: Duration::from_secs_f64(slow), contents: contents.contents };
    let statements = inspect(&profile, &source, wish).await?;
    let read = read(&profile, &source, &Own::default(), None).await?;
    let checked = judge(&profile, statements, read, findings)?;
    desk.output.show(&checked, text)?;
    Ok(checked.findings.exit())
}

/// Writes down that values are looked at, where there is a state database. A configuration that is there must be right for that; nothing is shown otherwise.
async fn note(contents: &Contents, profile: &Profile, desk: &Desk, findings: &mut Findings) -> anyhow::Result<()> {
    match Config::load(&desk.config) {
        Err(ConfigError::Missing { .. }) => {
            let sentence = "values are shown, and written down nowhere: there is no configuration that names a state database";
            findings.tell("contents", sentence, "name the configuration with --config FILE");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
        Ok(_) => {}
    }
    let ledger = desk.ledger().await?;
    let entry = AuditEntry {
        by: actor::by(contents.why.as_deref()),
        action: "show contents: profile check".to_owned(),
        subjects: vec![profile.name().to_owned()],
    };
    Ok(ledger.state.append_audit(&entry, Utc::now()).await?)
}

fn judge(profile: &Profile, statements: Inspection, read: Read, mut findings: Findings) -> anyhow::Result<Checked> {
    let mapping = Mapping::new(profile.mapping(), profile.view())?;
    let report = read.report(profile);
    if let Some(why) = &read.way.trouble {
        findings.warn("changes", format!("changes.sql does not tell what changed: {why}"), "every pass reads everything until it is corrected");
    }
    rights::look_at_report(profile, &report, &mut findings);
    look_at_statements(&statements, &report, &mut findings);
    let unused = unused(profile, &mapping, rights::understood(&read.crm));
    rights::look_at_unused(&unused, &mut findings);
    let now = Utc::now();
    let moment = Moment { now, today: now.with_timezone(&profile.zone()).date_naive() };
    let snapshot = findings.take("rights", Snapshot::build(read.crm, moment).map_err(ReadingError::Snapshot));
    let sight = snapshot.map(|snapshot| {
        rights::look_at_mapping(&snapshot, &mapping, &mut findings);
        look_at_sight(&snapshot, &snapshot.census(), &mut findings)
    });
    Ok(Checked { report, statements, unused, sight, findings: findings.by_weight() })
}

fn look_at_sight(snapshot: &Snapshot, census: &Census, findings: &mut Findings) -> Sight {
    let internal: Vec<_> = snapshot.users().filter(|user| user.is_active && user.is_internal).map(|user| &user.key).collect();
    let is_meant = |user: &adressbote_rules::key::UserKey| internal.binary_search(&user).is_ok();
    rights::look_at_census(census, is_meant, findings);
    let counting = |wanted: usize| census.sees.iter().filter(|(user, count)| is_meant(user) && **count == wanted).count();
    Sight { records: census.records, see_all: counting(census.records), see_none: counting(0), unseen: census.unseen.len() }
}

/// What the statements show by themselves: values that do not fit, double keys, slowness.
fn look_at_statements(statements: &Inspection, report: &Report, findings: &mut Findings) {
    for one in &statements.relations {
        for column in one.columns.iter().filter(|column| !column.unfit.is_empty()) {
            findings.warn("values", unfit(one, column), "correct them in the CRM or in the profile's SQL, or declare another kind");
        }
        if let Some(keys) = one.keys.as_ref().filter(|keys| !keys.double.is_empty()) {
            let sentence =
                format!("{}: {} with a key that another row has: {}", one.file, many(keys.double.count, "row"), rights::listed(&keys.double));
            findings.warn("keys", sentence, "nobody can tell which row counts: let the statement give each key once");
        }
        if !one.plan.is_empty() {
            let sentence = format!("{} took {} ms; the database's plan:\n{}", one.file, one.took_ms, one.plan.join("\n"));
            findings.warn("time", sentence, "every pass waits for it: look for tables read in full (SCAN, Seq Scan, ALL), and ask for an index");
        }
        let is_told = report.relations.iter().any(|relation| relation.name == one.name && relation.doubt.is_some());
        if let Some(failed) = one.failed.as_ref().filter(|_| !is_told) {
            findings.warn("reading", format!("{} could not be looked at: {failed}", one.file), "try again; if it stays, try the statement by hand");
        }
    }
}

fn unfit(one: &RelationInspected, column: &ColumnInspected) -> String {
    let why = column.why.as_deref().unwrap_or("does not fit");
    let examples = if column.examples.is_empty() { String::new() } else { format!("; such as {}", column.examples.join(" | ")) };
    let keys = rights::listed(&column.unfit);
    format!(
        "{}: {} of `{}` ({}), the first `{}` {why}; rows {keys}{examples}",
        one.file,
        many(column.unfit.count, "value"),
        column.name,
        column.kind,
        column.name
    )
}

fn text(checked: &Checked) -> String {
    let Checked { report, statements, findings, .. } = checked;
    let relations = statements.relations.iter().map(|one| {
        let found = report.relations.iter().find(|relation| relation.name == one.name);
        let keys = one.keys.as_ref().map(|keys| keys.distinct.to_string()).unwrap_or_default();
        let doubt = found.and_then(|relation| relation.doubt.clone()).unwrap_or_default();
        [one.name.clone(), one.rows.to_string(), keys, one.took_ms.to_string(), doubt]
    });
    let as_users = report.relations.iter().filter_map(|one| {
        let rows = format!("{} (as {})", one.rows.unwrap_or_default(), many(one.asked_as_users?, "user"));
        Some([one.name.clone(), rows, String::new(), String::new(), one.doubt.clone().unwrap_or_default()])
    });
    let columns = statements.relations.iter().flat_map(|one| {
        one.columns.iter().map(|column| {
            let unfit = if column.unfit.is_empty() { String::new() } else { column.unfit.count.to_string() };
            [one.name.clone(), column.name.clone(), column.kind.to_owned(), column.nulls.to_string(), unfit]
        })
    });
    let summary = format!(
        "{} users, {} of them active and internal, {} of those without a mail address; {} right rules on records",
        report.users, report.active_users, report.users_without_mail, report.record_rules
    );
    format!(
        "{}\n{}\n{}\n{}",
        table(["relation", "rows", "keys", "ms", "in doubt"], relations.chain(as_users), "The profile reads nothing."),
        table(["relation", "column", "kind", "NULL", "does not fit"], columns, "The profile reads nothing."),
        findings.text(),
        plain(&summary)
    )
}
