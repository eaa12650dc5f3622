//! profile.toml of a draft.

use std::fmt::Write;

use super::fields::Fields;
use super::roles::Roles;
use super::scope::Scope;
use super::sql::{MOST_OPEN, comment};
use super::words::tokens;
use crate::profile::Database;

/// A part with its columns.
pub(super) struct PartFields {
    pub(super) part: &'static str,
    pub(super) fields: Fields,
}

/// What profile.toml is written from.
pub(super) struct Settings<'s, 'c> {
    pub(super) name: &'s str,
    pub(super) scope: &'s Scope<'c>,
    pub(super) roles: &'s Roles<'c>,
    pub(super) main: &'s Fields,
    pub(super) parts: &'s [PartFields],
}

/// What people call a column of the main part or of an address: English, German.
const LABELS: [(&str, [&str; 2]); 25] = [
    ("last_name", ["Last name", "Nachname"]),
    ("first_name", ["First name", "Vorname"]),
    ("full_name", ["Name", "Name"]),
    ("salutation", ["Salutation", "Anrede"]),
    ("title", ["Title", "Titel"]),
    ("company", ["Company", "Firma"]),
    ("department", ["Department", "Abteilung"]),
    ("job_title", ["Job title", "Position"]),
    ("phone", ["Phone", "Telefon"]),
    ("mobile", ["Mobile", "Mobil"]),
    ("home_phone", ["Home phone", "Privat"]),
    ("fax", ["Fax", "Fax"]),
    ("mail", ["Mail", "E-Mail"]),
    ("street", ["Street", "Straße"]),
    ("house_number", ["House number", "Hausnummer"]),
    ("postcode", ["Postcode", "PLZ"]),
    ("city", ["City", "Ort"]),
    ("state", ["State", "Bundesland"]),
    ("country", ["Country", "Land"]),
    ("birthday", ["Birthday", "Geburtstag"]),
    ("website", ["Website", "Homepage"]),
    ("number", ["Number", "Nummer"]),
    ("owner", ["Owner", "Betreuer"]),
    ("notes", ["Notes", "Bemerkung"]),
    ("changed_at", ["Changed at", "Geändert am"]),
];

/// Words that only a database in German has.
const GERMAN: [&str; 10] = ["vorname", "nachname", "strasse", "plz", "ort", "kontakte", "benutzer", "kunde", "kunden", "firma"];

/// The address columns that make Graph's members of an address.
const MEMBERS: [(&str, &[&str]); 5] = [
    ("street", &["street", "house_number"]),
    ("postalCode", &["postcode"]),
    ("city", &["city"]),
    ("state", &["state"]),
    ("countryOrRegion", &["country"]),
];

impl Settings<'_, '_> {
    fn is_german(&self) -> bool {
        let tables = self.scope.catalogue.tables.iter();
        let mut names = tables.flat_map(|table| table.columns.iter().map(|column| &column.name).chain([&table.name]));
        names.any(|name| tokens(name).iter().any(|word| GERMAN.contains(&word.as_str())))
    }

    fn label(&self, column: &str) -> &'static str {
        let found = LABELS.iter().find(|(name, _)| *name == column);
        found.map_or("", |(_, [english, german])| if self.is_german() { german } else { english })
    }

    fn word(&self, english: &'static str, german: &'static str) -> &'static str {
        if self.is_german() { german } else { english }
    }

    fn part(&self, name: &str) -> Option<&PartFields> {
        self.parts.iter().find(|part| part.part == name)
    }

    /// The whole file.
    pub(super) fn text(&self) -> String {
        let mut text = self.head();
        self.columns(&mut text);
        self.view(&mut text);
        text.push_str(
            "\n# FILL IN: who sees which record, in rule_records.sql; until then nobody sees anything.\n\
             [rules.records]\ntarget = \"record\"\ndefault = \"hidden\"\ntitle = \"FILL IN: how people call this right\"\n\n\
             # FILL IN: who reads which field, in field_rights.sql; until then nobody reads anything.\n\
             [field_rights]\ncombine = \"denial_wins\"\nsilence = \"masked\"\n\n\
             # guess: subscriptions and filters are kept by Adressbote, because the CRM's own could not be told.\n\
             [subscriptions]\nkept = \"ours\"\n\n[filters]\nkept = \"ours\"\n",
        );
        self.mapping(&mut text);
        text
    }

    fn head(&self) -> String {
        let database = match self.scope.catalogue.database {
            Database::Sqlite => "sqlite",
            Database::Postgres => "postgres",
            Database::Mysql => "mysql",
        };
        let records = self.scope.table(self.roles.records.table).map_or("", |table| table.name.as_str());
        format!(
            "# A draft, made from the tables of the database. What stands here was guessed by names and types: look at each line.\n\n\
             [profile]\nname = {}\ndescription = {}\ndatabase = \"{database}\"\n\
             # guess: Europe/Berlin, because nothing in a database says where the company is; in which zone do its days begin?\n\
             time_zone = \"Europe/Berlin\"\n\n\
             # FILL IN: columns of users.sql beyond those of the form, for `user.NAME` in filters: region = {{ kind = \"text\" }}\n[users.columns]\n",
            quoted(self.name),
            quoted(&format!("Draft: the records are the rows of {records}")),
        )
    }

    fn columns(&self, text: &mut String) {
        let each = self.parts.iter().map(|part| (part.part, &part.fields));
        for (part, fields) in [("main", self.main)].into_iter().chain(each) {
            if fields.has("place") {
                let _ = write!(text, "\n[parts.{part}]\norder = [\"place\"]");
            }
            let _ = writeln!(text, "\n[parts.{part}.columns]");
            for field in &fields.found {
                let made_of = field.made_of.iter().map(|column| format!("\"{part}.{column}\"")).collect::<Vec<_>>().join(", ");
                let sources = if made_of.is_empty() { String::new() } else { format!(", sources = [{made_of}]") };
                let _ = writeln!(text, "{} = {{ kind = \"{}\"{sources} }} # guess: {}", field.column, field.kind.word(), comment(&field.because));
            }
            for open in fields.open.iter().take(MOST_OPEN) {
                let _ = writeln!(text, "# fill in or leave out: {}", comment(open));
            }
        }
    }

    /// The fields with how each is formed.
    fn formed(&self) -> Vec<(&'static str, String)> {
        let own = LABELS.iter().filter(|(column, _)| self.main.has(column));
        let mut formed: Vec<(&'static str, String)> =
            own.map(|(column, _)| (self.label(column), format!("{{ column = \"main.{column}\" }}"))).collect();
        if let Some(address) = self.part("address") {
            let columns = ["street", "house_number", "postcode", "city", "state", "country"].into_iter();
            let columns = columns.filter(|column| address.fields.has(column) && !self.main.has(column));
            formed.extend(columns.map(|column| (self.label(column), format!("{{ column = \"address.{column}\" }}"))));
        }
        if self.part("company").is_some_and(|part| part.fields.has("name")) && !self.main.has("company") {
            formed.push((self.label("company"), "{ column = \"company.name\" }".to_owned()));
        }
        for (part, column, label) in [
            ("phone", "number", self.word("Phone numbers", "Rufnummern")),
            ("mail", "address", self.word("Mail addresses", "E-Mail-Adressen")),
            ("mechanism", "value", self.word("Contact details", "Kontaktdaten")),
            ("category", "name", self.word("Categories", "Kategorien")),
        ] {
            if self.part(part).is_some_and(|part| part.fields.has(column)) {
                formed.push((label, format!("{{ all = \"{part}.{column}\" }}")));
            }
        }
        formed
    }

    fn view(&self, text: &mut String) {
        let formed = self.formed();
        let has = |label: &str| formed.iter().any(|(name, _)| *name == label);
        let order: Vec<&str> = if self.main.has("last_name") { vec!["last_name", "first_name"] } else { vec!["full_name"] };
        let order = order.into_iter().map(|column| self.label(column)).chain([self.label("company")]).filter(|label| has(label));
        let order = order.map(quoted).collect::<Vec<_>>().join(", ");
        let _ = write!(
            text,
            "\n[view]\nname = {}\n# guess: names are ordered as in a German telephone book, because the database orders nothing for us; `de`, `en` and others are possible\n\
             locale = \"de-u-co-phonebk\"\norder = [{order}]\n\n# The names of fields are those that filters and people use; give them those of your CRM.\n[fields]\n",
            quoted(self.word("Contacts", "Kontakte")),
        );
        for (label, how) in formed {
            let _ = writeln!(text, "{} = {how}", quoted(label));
        }
    }

    fn mapping(&self, text: &mut String) {
        let country = match (self.part("address").is_some_and(|part| part.fields.has("country")), self.main.has("country")) {
            (true, _) => "country = { first = [\"$.address[0].country\"] }\n".to_owned(),
            (false, true) => format!("country = {{ first = [{}] }}\n", quoted(&path(self.label("country")))),
            (false, false) => String::new(),
        };
        let _ = write!(
            text,
            "\n[mapping]\n# guess: DE, because nothing in a database says so; numbers without a country belong to which?\ndefault_country = \"DE\"\n{country}\n[mapping.properties]\n"
        );
        let one = |columns: &[&str]| columns.iter().filter(|column| self.main.has(column)).map(|column| path(self.label(column))).collect::<Vec<_>>();
        let of = |part: &str, column: &str| self.part(part).filter(|part| part.fields.has(column)).map(|_| format!("$.{part}[0].{column}"));
        let company = of("company", "name");
        let mut names = one(&["full_name", "last_name", "first_name", "company"]);
        names.extend(company.clone());
        names.extend(of("mail", "address"));
        names.extend(one(&["mail", "number"]));
        line(text, "displayName", "first", &names);
        let sorted = one(&["last_name", "first_name"]);
        if sorted.is_empty() {
            line(text, "fileAs", "first", &names);
        } else {
            let _ = writeln!(text, "fileAs = {{ join = [{}], with = \", \" }}", list(&sorted));
        }
        for (property, column) in [
            ("givenName", "first_name"),
            ("surname", "last_name"),
            ("title", "title"),
            ("department", "department"),
            ("jobTitle", "job_title"),
            ("businessHomePage", "website"),
            ("birthday", "birthday"),
            ("personalNotes", "notes"),
        ] {
            line(text, property, "first", &one(&[column]));
        }
        line(text, "companyName", "first", &one(&["company"]).into_iter().chain(company).collect::<Vec<_>>());
        self.reach(text);
        if of("category", "name").is_some() {
            line(text, "categories", "all", &[format!("{}[*]", path(self.word("Categories", "Kategorien")))]);
        }
        self.address(text);
    }

    /// Phones and mails.
    fn reach(&self, text: &mut String) {
        let own = |column: &str| self.main.has(column).then(|| path(self.label(column)));
        let part = |name: &str, column: &str| self.part(name).filter(|part| part.fields.has(column)).map(|_| format!("$.{name}[*].{column}"));
        let is_kinded = |name: &str| self.part(name).is_some_and(|part| part.fields.has("kind"));
        let mechanism = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| format!("@.kind == '{word}'")).collect();
            is_kinded("mechanism").then(|| format!("$.mechanism[?{}].value", words.join(" || ")))
        };
        let phones: Vec<String> =
            [own("phone"), part("phone", "number"), mechanism(&["phone", "Phone", "telefon", "Telefon"])].into_iter().flatten().collect();
        line(text, "businessPhones", "all", &phones);
        line(text, "homePhones", "all", &own("home_phone").into_iter().collect::<Vec<_>>());
        let mobile: Vec<String> = [own("mobile"), mechanism(&["mobile", "Mobile", "mobil", "Mobil"])].into_iter().flatten().collect();
        line(text, "mobilePhone", "first", &mobile);
        let mails: Vec<String> =
            [own("mail"), part("mail", "address"), mechanism(&["email", "Email", "mail", "E-Mail"])].into_iter().flatten().collect();
        line(text, "emailAddresses", "all", &mails);
        if is_kinded("phone") {
            text.push_str(
                "# fill in, with the words that your CRM has for kinds: mobilePhone = { first = [\"$.phone[?@.kind == 'mobile'].number\"] }\n",
            );
        }
        if is_kinded("mechanism") {
            text.push_str("# guess: the kinds `phone`, `mobile` and `email` and the like, because many CRMs have such words; which has yours?\n");
        }
    }

    fn address(&self, text: &mut String) {
        let address = self.part("address").map(|part| &part.fields);
        let of = |column: &&&str| match address {
            Some(address) => address.has(column).then(|| format!("$.address[0].{column}")),
            None => self.main.has(column).then(|| path(self.label(column))),
        };
        let members = MEMBERS.iter().map(|(member, columns)| (member, columns.iter().filter_map(|column| of(&column)).collect::<Vec<_>>()));
        let members: Vec<_> = members.filter(|(_, paths)| !paths.is_empty()).collect();
        if !members.is_empty() {
            text.push_str("\n[mapping.properties.businessAddress]\n");
        }
        for (member, paths) in members {
            let with = if paths.len() > 1 { ", with = \" \"" } else { "" };
            let way = if paths.len() > 1 { "join" } else { "first" };
            let _ = writeln!(text, "{member} = {{ {way} = [{}]{with} }}", list(&paths));
        }
    }
}

/// A property, if there is anything to fill it with.
fn line(text: &mut String, property: &str, way: &str, paths: &[String]) {
    if !paths.is_empty() {
        let _ = writeln!(text, "{property} = {{ {way} = [{}] }}", list(paths));
    }
}

fn list(paths: &[String]) -> String {
    paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(", ")
}

/// A text in TOML.
fn quoted(text: &str) -> String {
    format!("\"{}\"", comment(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// The JSONPath of a field.
fn path(label: &str) -> String {
    if label.bytes().all(|byte| byte.is_ascii_alphanumeric()) { format!("$.{label}") } else { format!("$['{label}']") }
}
