//! From the files of a folder to a checked profile.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use adressbote_rules::crm::{Relation, Silence, Target};
use adressbote_rules::key::Source;
use adressbote_rules::map::MappingDraft;
use adressbote_rules::view::{Field, Formation, Part, PartId, View};
use chrono_tz::Tz;
use toml::de::DeTable;

use super::changes::{self, Changes};
use super::error::{Mistake, Notes, PROFILE_FILE, ProfileErrors, hint, nearest};
use super::rights::FieldRights;
use super::section::{Section, Word};
use super::statements::{self, Statements, Wanted, meant, parted, shared};
use super::{AsUser, Database, Kept, Limits, Profile, RuleDeclared, as_user, fields, mapping, parts, rights};
use crate::crm::relation::{named, stem};

/// A file larger than this is no profile's.
const LARGEST_FILE: u64 = 1 << 20;

/// The files of a profile by their names.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Reads the files of a folder; hidden ones are not of the profile.
pub(super) fn from_folder(folder: &Path) -> Result<Profile, ProfileErrors> {
    let title = folder.display().to_string();
    let failed = |what: String| ProfileErrors::single(&title, what, Some("check the path and the rights on the folder".to_owned()));
    let entries = fs::read_dir(folder).map_err(|error| failed(format!("the folder cannot be read: {error}")))?;
    let mut files = Files::new();
    let mut mistakes = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(format!("the folder cannot be read: {error}")))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        match bytes(&entry.path()) {
            Ok(bytes) => {
                files.insert(name, bytes);
            }
            Err(error) => mistakes.push(whole_file(&name, format!("the file cannot be read: {error}"), None)),
        }
    }
    ProfileErrors::check(&title, mistakes)?;
    from_files(&title, files)
}

/// What a file holds; nothing for what is no file, which is refused by its name.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let found = fs::metadata(path)?;
    if found.len() > LARGEST_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {LARGEST_FILE} bytes")));
    }
    if found.is_file() { fs::read(path) } else { Ok(Vec::new()) }
}

fn whole_file(file: &str, what: String, hint: Option<String>) -> Mistake {
    Mistake { file: file.to_owned(), line: None, what, hint }
}

/// Everything that `profile.toml` says.
struct Settings {
    name: String,
    description: String,
    databases: Vec<Database>,
    zone: Tz,
    parts: Vec<(Part, usize)>,
    view: Option<View>,
    rules: Vec<(RuleDeclared, usize)>,
    field_rights: FieldRights,
    user_columns: BTreeMap<String, adressbote_rules::value::Kind>,
    html: parts::Html,
    as_user: Option<(AsUser, usize)>,
    kept: ((Kept, usize), (Kept, usize)),
    limits: Limits,
    changes: Option<(changes::Settings, usize)>,
    mapping: Option<MappingDraft>,
}

impl Settings {
    /// The relations that are asked for as each user, each with the place where that is said.
    fn asked(&self) -> impl Iterator<Item = (Relation, usize)> {
        let rules = self.rules.iter().filter(|(rule, _)| rule.is_as_user).map(|(rule, at)| (Relation::Rule(rule.shape.name.clone()), *at));
        rules.chain(self.field_rights.as_user.map(|at| (Relation::FieldRights, at)))
    }
}

/// Makes a profile of its files.
pub(super) fn from_files(title: &str, files: Files) -> Result<Profile, ProfileErrors> {
    let mut mistakes = Vec::new();
    let mut texts = BTreeMap::new();
    for (name, bytes) in files {
        match String::from_utf8(bytes) {
            Ok(text) => {
                texts.insert(name, text);
            }
            Err(_) => mistakes.push(whole_file(&name, "the file is no UTF-8 text".to_owned(), Some("save it as UTF-8".to_owned()))),
        }
    }
    let Some(toml) = texts.remove(PROFILE_FILE) else {
        mistakes.push(whole_file(PROFILE_FILE, "the file is missing".to_owned(), hint(PROFILE_FILE, texts.keys().map(String::as_str))));
        ProfileErrors::check(title, mistakes)?;
        return Err(ProfileErrors::single(title, "the file is missing".to_owned(), None));
    };
    let present: Vec<Relation> = texts.keys().filter_map(|file| named(parted(file)?.0)).collect();
    let notes = Notes::new(PROFILE_FILE, &toml);
    let settings = settings(&notes, &present);
    let statements = settings.as_ref().map(|settings| {
        check_files(&notes, settings, &texts);
        let asked = settings.asked().map(|(relation, _)| stem(&relation)).collect();
        let as_user = settings.as_user.as_ref().map(|(as_user, _)| (as_user, asked));
        let wanted = Wanted { databases: &settings.databases, as_user };
        statements::check(&notes, &wanted, &texts, &mut mistakes)
    });
    mistakes.extend(notes.into_found());
    ProfileErrors::check(title, mistakes)?;
    let assembled = settings.and_then(|settings| assemble(settings, statements?));
    assembled.ok_or_else(|| ProfileErrors::single(title, "the view could not be put together".to_owned(), None))
}

fn assemble(settings: Settings, mut statements: Vec<(Database, Statements)>) -> Option<Profile> {
    for (_, statements) in &mut statements {
        let settings = settings.changes.as_ref().map(|(settings, _)| settings.clone());
        statements.changes = settings.zip(statements.changed.take()).map(|(settings, query)| Changes { settings, query });
    }
    let ((subscriptions_kept, _), (filters_kept, _)) = settings.kept;
    let FieldRights { combine, silence, as_user: _ } = settings.field_rights;
    Some(Profile {
        name: settings.name,
        description: settings.description,
        statements,
        zone: settings.zone,
        view: Arc::new(settings.view?),
        rules: settings.rules.into_iter().map(|(rule, _)| rule).collect(),
        combine,
        silence,
        user_columns: settings.user_columns,
        html: settings.html,
        as_user: settings.as_user.map(|(as_user, _)| as_user),
        subscriptions_kept,
        filters_kept,
        limits: settings.limits,
        mapping: settings.mapping?,
    })
}

/// Reads `profile.toml`; none if it is no TOML at all.
fn settings(notes: &Notes<'_>, present: &[Relation]) -> Option<Settings> {
    let table = match DeTable::parse(notes.text) {
        Ok(table) => table,
        Err(error) => {
            notes.at(error.span().map_or(0, |span| span.start), format!("this is no TOML: {}", error.message()), None);
            return None;
        }
    };
    let mut root = Section::new(notes, "", 0, table.get_ref());
    let (name, description, databases, zone) = head(&mut root);
    let (parts, html) = parts::parts(&mut root);
    let numbered = numbered(parts.iter().map(|(part, _)| part.clone()).collect());
    let rules = rights::rules(&mut root, &numbered);
    let ruled = rules.iter().filter_map(|(rule, _)| match &rule.shape.target {
        Target::Part(id) => numbered.iter().find(|(other, _)| other == id).map(|(_, part)| part.name.clone()),
        Target::Record | Target::Source(_) => None,
    });
    let ruled: BTreeSet<String> = ruled.collect();
    let fields = fields::fields(&mut root, &fields::Parts { parts: &numbered, ruled: &ruled, zone });
    let view = fields::view(&mut root, parts.iter().map(|(part, _)| part.clone()).collect(), fields);
    let user_columns = parts::user_columns(&mut root);
    let as_user = as_user::read(&mut root, &databases, &user_columns);
    let field_rights = rights::field_rights(&mut root);
    let kept = rights::kept(&mut root);
    let limits = rights::limits(&mut root, present);
    let changes = changes::read(&mut root, &databases, present);
    let mapping = mapping::read(&mut root);
    if let (Some(mapping), Some(view)) = (&mapping, &view) {
        mapping::check(&root, mapping, view);
    }
    let mapping = mapping.map(|(draft, _)| draft);
    root.end();
    Some(Settings {
        name,
        description,
        databases,
        zone,
        parts,
        view,
        rules,
        field_rights,
        user_columns,
        html,
        as_user,
        kept,
        limits,
        changes,
        mapping,
    })
}

/// Gives the parts their numbers, which only a view can.
fn numbered(parts: Vec<Part>) -> Vec<(PartId, Part)> {
    let ty = adressbote_rules::value::Type { kind: adressbote_rules::value::Kind::Int, many: false };
    let formation = Formation::Count { part: PartId::MAIN, when: Vec::new() };
    let field = Field { name: String::new(), ty, formation, sources: vec![Source::new("main")], sealed: false };
    let view = View::new("", "", parts, vec![field], Vec::new());
    view.map(|view| view.numbered_parts().map(|(id, part)| (id, part.clone())).collect()).unwrap_or_default()
}

fn head(root: &mut Section<'_>) -> (String, String, Vec<Database>, Tz) {
    let owned = |word: Option<Word<'_>>| word.map_or_else(String::new, |word| word.text.to_owned());
    let Some(mut section) = root.required_section("profile") else { return (String::new(), String::new(), Vec::new(), Tz::UTC) };
    let name = owned(section.required_text("name"));
    let description = owned(section.text("description"));
    let databases = section.choices("database", &[("sqlite", Database::Sqlite), ("postgres", Database::Postgres), ("mysql", Database::Mysql)]);
    let word = section.required_text("time_zone");
    let zone: Option<Tz> = word.and_then(|word| word.text.parse().ok());
    if let (Some(word), None) = (word, zone) {
        let what = format!("`{}` is no time zone", word.text);
        let found = nearest(word.text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        let hint = found.map_or_else(|| "write an IANA name such as `Europe/Berlin`".to_owned(), |name| format!("did you mean `{name}`?"));
        section.notes().at(word.at, what, Some(hint));
    }
    section.end();
    let databases = if databases.is_empty() { vec![Database::Sqlite] } else { databases };
    // Without a zone the profile is refused.
    (name, description, databases, zone.unwrap_or(Tz::UTC))
}

/// Compares the files with what the settings ask for: what must be there, what may, what has no meaning.
fn check_files(notes: &Notes<'_>, settings: &Settings, texts: &BTreeMap<String, String>) {
    use Relation::{
        Bars, Deputies, Erased, FieldRights, FieldRightsExempt, Filters, Groups, Holds, Implies, Rule, RuleExempt, Seats, Subscriptions, Users,
    };
    let file = |relation: &Relation| format!("{}.sql", stem(relation));
    let mut needed = vec![(Users, 0), (Holds, 0), (Relation::View, 0)];
    needed.extend(settings.parts.iter().filter(|(part, _)| part.name != "main").map(|(part, at)| (Relation::Part(part.name.clone()), *at)));
    needed.extend(settings.rules.iter().map(|(rule, at)| (Rule(rule.shape.name.clone()), *at)));
    let ((subscriptions, subscriptions_at), (filters, filters_at)) = settings.kept;
    needed.extend(settings.field_rights.as_user.map(|at| (FieldRights, at)));
    needed.extend((subscriptions == Kept::Crm).then_some((Subscriptions, subscriptions_at)));
    needed.extend((filters == Kept::Crm).then_some((Filters, filters_at)));
    let mut known: Vec<Relation> = needed.iter().map(|(relation, _)| relation.clone()).collect();
    known.extend([Groups, Implies, Deputies, Bars, FieldRights, FieldRightsExempt, Seats, Subscriptions, Filters, Erased]);
    known.extend(settings.rules.iter().map(|(rule, _)| RuleExempt(rule.shape.name.clone())));
    let mut names: BTreeSet<String> = known.iter().map(&file).collect();
    names.extend(known.iter().map(|relation| format!("doubt_{}", file(relation))));
    let known: Vec<String> = names.iter().cloned().collect();
    names.extend(
        texts.keys().filter(|name| parted(name).is_some_and(|(stem, _)| shared(stem).is_some() || known.contains(&format!("{stem}.sql")))).cloned(),
    );
    names.insert("README.md".to_owned());
    names.insert(changes::FILE.to_owned());

    let stems: BTreeSet<&str> = texts.keys().filter_map(|name| Some(parted(name)?.0)).collect();
    for (relation, at) in &needed {
        if !stems.contains(stem(relation).as_str()) {
            let spare = texts.keys().filter(|name| !names.contains(*name)).map(String::as_str);
            let hint = nearest(&file(relation), spare).map(|found| format!("is it `{found}`?"));
            notes.at(*at, format!("the file {} is missing", file(relation)), hint);
        }
    }
    for unknown in texts.keys().filter(|name| !names.contains(*name)) {
        let missing = names.iter().filter(|name| !texts.contains_key(*name)).map(String::as_str);
        let found = meant(unknown, missing);
        let hint = found.unwrap_or_else(|| {
            "a profile holds one .sql per relation, part and rule that profile.toml declares, with_NAME.sql, and a README.md".to_owned()
        });
        notes.line(None, format!("the file {unknown} has no meaning in a profile"), Some(hint));
    }
    changes::check(notes, settings.changes.as_ref().map(|(_, at)| *at), stems.contains(changes::STEM));
    check_meaning(notes, settings, &|relation| stems.contains(stem(&relation).as_str()));
}

/// Settings and files that contradict each other.
fn check_meaning(notes: &Notes<'_>, settings: &Settings, has: &dyn Fn(Relation) -> bool) {
    let ((subscriptions, subscriptions_at), (filters, filters_at)) = settings.kept;
    for (kept, relation, at) in [(subscriptions, Relation::Subscriptions, subscriptions_at), (filters, Relation::Filters, filters_at)] {
        if kept == Kept::Ours && has(relation.clone()) {
            let what = format!("{}.sql is there, but the rows kept are ours alone", stem(&relation));
            notes.at(at, what, Some(format!("remove the file, or say kept = \"crm\" in [{}]", stem(&relation))));
        }
    }
    for (relation, at) in settings.asked().filter(|_| settings.as_user.is_none()) {
        let what = format!("{}.sql is asked for as each user, but nothing says how a session becomes a user's", stem(&relation));
        notes.at(at, what, Some("add [as_user] with settings = { \"crm.user_id\" = \"user\" }".to_owned()));
    }
    if let Some((changes, at)) = &settings.changes {
        let is_told = |relation: &Relation| changes.told.contains(relation) || changes.counted.contains(relation);
        for (relation, _) in settings.asked().filter(|(relation, _)| is_told(relation)) {
            let what = format!("what changed in {} cannot be told: each user is asked for anew in every pass", stem(&relation));
            notes.at(*at, what, Some("leave it out of `told` and `counted`".to_owned()));
        }
    }
    if let (Some((_, at)), None) = (&settings.as_user, settings.asked().next()) {
        let what = "nothing is asked for as each user".to_owned();
        notes.at(*at, what, Some("say as_user = true in a rule or in [field_rights], or remove [as_user]".to_owned()));
    }
    if settings.field_rights.silence == Silence::Masked && !has(Relation::FieldRights) {
        let what = "without field_rights.sql no field right ever speaks, and silence means masked: nobody could read anything".to_owned();
        notes.line(None, what, Some("say silence = \"readable\" in [field_rights] if the CRM has no field rights".to_owned()));
    }
}
