//! The rights matrix: every kind of user × record × field, and every way in which field rights combine, as tables to be read. A change of rights is
//! then read as a change of these tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use adressbote_judge::seed::Seeds;
use adressbote_judge::world::shape::FIELDS;
use adressbote_judge::world::{Law, World, values};
use adressbote_rules::crm::{
    Answer, BarRow, Combine, ExemptRow, FieldRightRow, GroupRow, HoldRow, ImplyRow, PartRow, RecordRow, RightRow, RuleShape, Silence, Target, UserRow,
};
use adressbote_rules::key::{GroupKey, PartKey, Principal, RecordKey, Source, UserKey};
use adressbote_rules::sight::{Sighting, Viewer};
use adressbote_rules::time::Period;
use adressbote_rules::value::{Seen, Value};
use chrono::TimeDelta;

/// The kinds of users, each with what makes it one.
const KINDS: [(&str, &str); 14] = [
    ("administrator", "exempt from every rule and from field rights"),
    ("auditor", "exempt from field rights only"),
    ("clerk", "in the group that is listed"),
    ("trainee", "in a group within that group"),
    ("newcomer", "will be in the group in an hour"),
    ("leaver", "was in the group until this instant"),
    ("stranger", "in no group"),
    ("partner", "in the group, but not of the company"),
    ("inactive", "in the group, but no longer active"),
    ("barred", "in the group, and barred"),
    ("deputy", "stands in for the clerk by holding what is his"),
    ("restricted", "in the group; his role may not read the city"),
    ("trusted", "restricted, but granted the city of one record by name"),
    ("blind", "in the group; his role may read nothing at all"),
];

/// The records, each with who may see it.
const RECORDS: [(&str, &str); 8] = [
    ("all", "listed for everyone"),
    ("group", "listed for the group"),
    ("own", "listed for the clerk alone"),
    ("barred", "listed for everyone, with a bar"),
    ("expired", "listed for everyone until this instant"),
    ("unlisted", "under no rule listed"),
    ("closed", "listed for everyone, under a second, open rule for the administrator alone"),
    ("secret note", "listed for everyone; its note is for the clerk alone"),
];

fn person(name: &str) -> UserRow {
    UserRow {
        key: UserKey::new(name),
        login: name.to_owned(),
        mail: None,
        is_active: name != "inactive",
        is_internal: name != "partner",
        attributes: BTreeMap::new(),
    }
}

fn group(name: &str) -> Principal {
    Principal::new(format!("group:{name}"))
}

fn principal_of(name: &str) -> Principal {
    Principal::of_user(&UserKey::new(name))
}

fn hold(user: &str, principal: Principal, during: Period) -> HoldRow {
    HoldRow { user: UserKey::new(user), principal, during }
}

fn right(of: &str, principal: Principal, during: Period) -> RightRow {
    RightRow { of: Arc::from(of), principal, during }
}

fn field_right(principal: Principal, source: &str, answer: Answer, record: Option<&str>) -> FieldRightRow {
    FieldRightRow { principal, source: Source::new(source), answer, record: record.map(RecordKey::new), during: Period::ALWAYS }
}

/// A world without rows; phones are ordered, and the total is sealed.
fn empty() -> World {
    let mut settings = [0; 32];
    (settings[0], settings[2]) = (99, 99);
    let nothing = || vec![[0; 12]];
    let seeds = Seeds {
        settings,
        users: nothing(),
        groups: nothing(),
        records: vec![[0; 24]],
        companies: nothing(),
        own_filters: [[0; 32]; 4],
        holds: Vec::new(),
        deputies: Vec::new(),
        phones: Vec::new(),
        rights: Vec::new(),
        exemptions: Vec::new(),
        bars: Vec::new(),
        field_rights: Vec::new(),
        subscriptions: Vec::new(),
        filters: Vec::new(),
        caps: Vec::new(),
        oddities: Vec::new(),
        seats: Vec::new(),
    };
    let mut world = World::grow(&seeds);
    (world.holds, world.implies, world.laws) = (Vec::new(), Vec::new(), Vec::new());
    world
}

fn world() -> World {
    let now = values::now();
    let (ended, coming) = (Period { from: None, until: Some(now) }, Period { from: Some(now + TimeDelta::hours(1)), until: None });
    let always = Period::ALWAYS;
    let mut world = empty();
    world.silence = Silence::Readable;
    world.combine = Combine::NearestFirst;
    world.users = KINDS.iter().map(|(name, _)| person(name)).collect();
    world.groups = ["sales", "trainees", "partners", "admins"].map(|name| GroupRow { key: GroupKey::new(name), name: name.to_owned() }).to_vec();
    let in_group = ["clerk", "partner", "inactive", "barred", "restricted", "trusted", "blind", "auditor"];
    world.holds = in_group.iter().map(|name| hold(name, group("sales"), always)).collect();
    world.holds.extend([
        hold("trainee", group("trainees"), always),
        hold("newcomer", group("sales"), coming),
        hold("leaver", group("sales"), ended),
        hold("administrator", group("admins"), always),
        hold("deputy", principal_of("clerk"), always),
        hold("restricted", Principal::new("role:restricted"), always),
        hold("trusted", Principal::new("role:restricted"), always),
        hold("blind", Principal::new("role:blind"), always),
    ]);
    world.implies = vec![ImplyRow { principal: group("trainees"), implied: group("sales"), during: always }];
    world.records = RECORDS.iter().map(|(name, _)| record(name)).collect();
    world.phones = RECORDS.iter().flat_map(|(name, _)| phones(name)).collect();
    world.companies = RECORDS
        .iter()
        .map(|(name, _)| PartRow { record: RecordKey::new(name), key: PartKey::new("c"), values: vec![Value::text("Öl AG"), Value::text("Bau")] })
        .collect();
    world.laws = laws(&world, ended);
    world.bars = vec![
        BarRow { record: RecordKey::new("barred"), principal: principal_of("barred"), during: always },
        BarRow { record: RecordKey::new("barred"), principal: group("admins"), during: always },
    ];
    world.field_exempt = ["administrator", "auditor"].map(|name| ExemptRow { principal: principal_of(name), during: always }).to_vec();
    let sources = adressbote_judge::world::shape::SOURCES;
    let blind = sources.iter().map(|source| field_right(Principal::new("role:blind"), source, Answer::Deny, None));
    world.field_rights = blind.collect();
    world.field_rights.extend([
        field_right(Principal::new("role:restricted"), "main.city", Answer::Deny, None),
        field_right(principal_of("trusted"), "main.city", Answer::Grant, Some("group")),
        field_right(principal_of("trainee"), "phone.rank", Answer::Deny, None),
        field_right(group("trainees"), "private", Answer::Deny, None),
        field_right(principal_of("stranger"), "phone.kind", Answer::Deny, None),
    ]);
    world
}

fn record(name: &str) -> RecordRow {
    let values = [
        Value::text("Ada"),
        Value::text("Ulm"),
        Value::Int(1),
        Value::Real(0.5),
        Value::Bool(true),
        Value::Date(values::today()),
        Value::Moment(values::now()),
    ];
    let rest = [Value::text("clerk"), Value::text("note"), Value::List(vec![Value::text("VIP")]), Value::Int(7)];
    RecordRow { key: RecordKey::new(name), values: values.into_iter().chain(rest).collect() }
}

/// A number for everyone, and a mobile one of which a rule speaks.
fn phones(name: &str) -> [PartRow; 2] {
    let row = |key: &str, number: &str, kind: &str, rank: i64| PartRow {
        record: RecordKey::new(name),
        key: PartKey::new(key),
        values: vec![Value::text(number), Value::text(kind), Value::Int(rank)],
    };
    [row("work", "+49 30 23125 01", "work", 2), row("mobile", "+49 171 39200 01", "mobile", 1)]
}

fn laws(world: &World, ended: Period) -> Vec<Law> {
    let always = Period::ALWAYS;
    let everyone = Principal::everyone;
    let shape = |name: &str, target, is_open_by_default| RuleShape { name: name.to_owned(), target, is_open_by_default };
    let exempt = vec![ExemptRow { principal: group("admins"), during: always }];
    let phone = Target::Part(world.view.part_named("phone").unwrap());
    let territory = vec![
        right("all", everyone(), always),
        right("group", group("sales"), always),
        right("own", principal_of("clerk"), always),
        right("barred", everyone(), always),
        right("expired", everyone(), ended),
        right("closed", everyone(), always),
        right("secret note", everyone(), always),
    ];
    vec![
        Law { shape: shape("territory", Target::Record, false), rows: territory, exempt: exempt.clone() },
        Law {
            shape: shape("team", Target::Record, true),
            rows: vec![right("closed", principal_of("administrator"), always)],
            exempt: exempt.clone(),
        },
        Law { shape: shape("phones", phone, true), rows: vec![right("mobile", group("sales"), always)], exempt: exempt.clone() },
        Law {
            shape: shape("notes", Target::Source(Source::new("main.note")), true),
            rows: vec![right("secret note", principal_of("clerk"), always)],
            exempt,
        },
    ]
}

/// `+` seen, `-` masked, a number: so many values seen of a field with many.
fn cell(seen: &Seen<'_>) -> String {
    match seen {
        Seen::Masked => "-".to_owned(),
        Seen::Value(value) => match value.as_ref() {
            Value::List(values) => format!("+{}", values.len()),
            Value::Null => "null".to_owned(),
            Value::Int(number) => format!("+{number}"),
            _ => "+".to_owned(),
        },
    }
}

fn line(viewer: &Viewer<'_>, record: &str) -> String {
    let cells: Vec<String> = match viewer.look(&RecordKey::new(record)) {
        Sighting::Visible(seen) => viewer.snapshot().view().numbered_fields().map(|(id, _)| cell(&seen.see(id))).collect(),
        Sighting::Hidden(loss) => return format!("hidden: {}", loss.causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
        Sighting::Absent => return "absent".to_owned(),
        Sighting::Unreadable => return "unreadable".to_owned(),
    };
    cells
        .iter()
        .zip(FIELDS)
        .map(|(cell, (name, ..))| format!("{cell:<width$} ", width = name.chars().count()))
        .collect::<String>()
        .trim_end()
        .to_owned()
}

#[test]
fn every_kind_of_user_sees_of_every_record_what_the_table_says() {
    let world = world();
    let snapshot = world.snapshot();
    let fields: Vec<&str> = world.view.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(fields, FIELDS.map(|(name, ..)| name), "a field is missing in the table");
    let mut table = String::new();
    for (record, why) in RECORDS {
        writeln!(table, "record {record:?}: {why}").unwrap();
    }
    for user in snapshot.users() {
        let (kind, why) = KINDS.iter().find(|(kind, _)| *kind == user.key.as_str()).expect("a kind of user is missing in the table");
        writeln!(table, "\n{kind}: {why}\n{:<13}{}", "", fields.join(" ")).unwrap();
        let viewer = snapshot.viewer(&user.key).unwrap();
        for (record, _) in RECORDS {
            writeln!(table, "{:<13}{}", record, line(&viewer, record)).unwrap();
        }
    }
    assert_eq!(table.matches("\nall ").count(), KINDS.len(), "a kind of user is missing in the table");
    insta::assert_snapshot!("kinds", table);
}

/// Whether a source may be read, by what the user himself, his role and his group are told, in each way of combining.
#[test]
fn every_way_of_combining_field_rights_decides_as_the_table_says() {
    let modes = [Combine::DenialWins, Combine::GrantLiftsDenial, Combine::NearestFirst];
    let silences = [Silence::Masked, Silence::Readable];
    let said: &[Option<Answer>; 3] = &[None, Some(Answer::Grant), Some(Answer::Deny)];
    let word = |answer: Option<Answer>| match answer {
        None => "silent",
        Some(Answer::Grant) => "grant",
        Some(Answer::Deny) => "deny",
    };
    let mut table = String::from(
        "user   role   group  | denial wins    grant lifts    nearest first\n                     | masked open    masked open    masked open   (by silence)\n",
    );
    for (own, role, of_group) in said.iter().flat_map(|own| said.iter().flat_map(move |role| said.iter().map(move |group| (*own, *role, *group)))) {
        write!(table, "{:<6} {:<6} {:<6} |", word(own), word(role), word(of_group)).unwrap();
        for (mode, silence) in modes.iter().flat_map(|mode| silences.iter().map(move |silence| (*mode, *silence))) {
            let mut world = world();
            (world.combine, world.silence) = (mode, silence);
            let speakers = [(principal_of("clerk"), own), (Principal::new("role:r"), role), (group("sales"), of_group)];
            world.field_rights =
                speakers.into_iter().filter_map(|(principal, answer)| Some(field_right(principal, "main.city", answer?, None))).collect();
            world.field_rights.push(field_right(Principal::everyone(), "main.name", Answer::Grant, None));
            world.holds.push(hold("clerk", Principal::new("role:r"), Period::ALWAYS));
            let snapshot = world.snapshot();
            let viewer = snapshot.viewer(&UserKey::new("clerk")).unwrap();
            let city = snapshot.view().field_named("city").unwrap();
            write!(table, " {:<6}", if viewer.mask(&RecordKey::new("all")).reads(city) { "+" } else { "-" }).unwrap();
            if silence == Silence::Readable {
                table.push(' ');
            }
        }
        table = table.trim_end().to_owned();
        table.push('\n');
    }
    insta::assert_snapshot!("combine", table);
}
