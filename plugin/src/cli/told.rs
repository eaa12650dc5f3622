//! The answers of `explain`, as machines and people read them.

use std::collections::BTreeMap;

use adressbote_rules::explain::{ClauseSaid, FilterSaid};
use adressbote_rules::filter::Truth;
use adressbote_rules::ledger::Brought;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value as Json;

use super::output::{instant, instant_or_none, many, table};
use super::plan::brought;

/// An answer, made for its asker.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// For an operator.
    Operator(Box<OperatorAnswer>),
    /// For a user.
    User(UserAnswer),
}

/// All there is to say, without contents unless they were asked for; the fields are those of `rules::explain::Explanation`.
#[derive(Debug, Serialize)]
pub struct OperatorAnswer {
    pub user: String,
    pub login: String,
    pub record: String,
    pub book: String,
    pub standing: &'static str,
    pub sentence: String,
    pub decided: Vec<Decided>,
    pub licence: &'static str,
    pub wanted: usize,
    pub cap: u32,
    pub rights: Vec<Right>,
    pub subscription: Option<Subscribed>,
    pub filters: Vec<Filter>,
    pub bound: Option<Filter>,
    pub withheld: Vec<Withheld>,
    pub hidden_rows: Vec<Hidden>,
    pub contact: Option<In>,
    pub refused: Option<Refused>,
    pub doubts: BTreeMap<String, String>,
    pub record_doubt: Option<String>,
}

/// What a user is told. For what is not in his view, only `answer` is there.
#[derive(Debug, Serialize)]
pub struct UserAnswer {
    /// In a word.
    pub answer: &'static str,
    /// Its place in his order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
    /// His cap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<u32>,
    /// What brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brought: Option<Brought>,
    /// The profile's rules, all of which let him see it. How they treat others is not told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<Admitted>,
    /// What the filters say that count for him; others' without their text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// When it was last written into his mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_at: Option<DateTime<Utc>>,
    /// When it was last read back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_back_at: Option<DateTime<Utc>>,
}

/// A rule of the profile.
#[derive(Debug, Serialize)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its title; the name where the profile gives none.
    pub title: String,
}

impl Named {
    /// Both in words.
    pub fn words(&self) -> String {
        named(&self.name, &self.title)
    }
}

fn named(name: &str, title: &str) -> String {
    if name == title { format!("rule `{name}`") } else { format!("rule `{name}` ({title})") }
}

/// What of the profile decided that he may not see a record.
#[derive(Debug, Serialize)]
pub struct Decided {
    /// `rule`, `bar` or `field_rights`.
    pub by: &'static str,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Named>,
    /// Who is barred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
}

/// A rule that lets a user see a record, for himself.
#[derive(Debug, Serialize)]
pub struct Admitted {
    /// Its title.
    pub title: String,
    /// Whether it applies to him at all.
    pub applies: bool,
}

/// How a right rule answers.
#[derive(Debug, Serialize)]
pub struct Right {
    /// The rule.
    pub rule: String,
    /// Its title; the name where the profile gives none.
    pub title: String,
    /// Its answer in a word.
    pub answer: &'static str,
    /// The listed principals that he holds, or those by which he is exempt.
    pub principals: Vec<String>,
}

impl Right {
    fn sentence(&self) -> String {
        match self.answer {
            "exempt" => format!("it does not apply to him, who holds {}", self.principals.join(", ")),
            "listed" => format!("it lists {}, which he holds", self.principals.join(", ")),
            "not_listed" => "it lists others, none of which he holds".to_owned(),
            "open_by_default" => "it does not speak of the record, and is open then".to_owned(),
            _ => "it does not speak of the record, and hides it then".to_owned(),
        }
    }
}

/// Who subscribed it for whom.
#[derive(Debug, Serialize)]
pub struct Subscribed {
    /// For whom.
    pub principal: String,
    /// By whom.
    pub by: String,
}

/// What a filter says.
#[derive(Debug, Serialize)]
pub struct Filter {
    /// Whose it is; none: the book's own.
    pub holder: Option<String>,
    /// Its text; none where the asker may not read it, or it was not understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `true`, `false`, `unknown`, or `broken` where it is not understood.
    pub truth: &'static str,
    /// The clauses that decide.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
}

/// What a clause says.
#[derive(Debug, Serialize)]
pub struct Clause {
    /// The clause.
    pub text: String,
    /// `true`, `false` or `unknown`.
    pub truth: &'static str,
    /// The fields it looks at that are masked for him.
    pub masked: Vec<String>,
    /// The values it looks at, only where contents are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<BTreeMap<String, Json>>,
}

/// A field kept from him.
#[derive(Debug, Serialize)]
pub struct Withheld {
    /// The field.
    pub field: String,
    /// The sources that mask it.
    pub because: Vec<Source>,
}

/// A source that is masked, and why.
#[derive(Debug, Serialize)]
pub struct Source {
    /// The source.
    pub source: String,
    /// Why.
    pub because: String,
    /// The rule that masks it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Named>,
    /// Which principals of his say what.
    pub voices: Vec<String>,
}

/// Rows of a part kept from him.
#[derive(Debug, Serialize)]
pub struct Hidden {
    /// The part.
    pub part: String,
    /// How many.
    pub rows: usize,
    /// By which rules.
    pub rules: Vec<Named>,
}

/// The contact in his mailbox, as the ledger knows it.
#[derive(Debug, Serialize)]
pub struct In {
    /// The mailbox.
    pub mailbox: String,
    /// When it was last written.
    pub written_at: DateTime<Utc>,
    /// When it was last read back.
    pub read_back_at: Option<DateTime<Utc>>,
    /// The properties that have a value.
    pub properties: Vec<&'static str>,
    /// Whether it is known to be as it was written; otherwise the next pass writes it again.
    pub is_current: bool,
}

/// What Graph refused.
#[derive(Debug, Serialize)]
pub struct Refused {
    /// Graph's code.
    pub code: String,
    /// The sentence for people.
    pub sentence: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A truth value in a word.
pub fn truth(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

impl Filter {
    /// What a filter said, with the values it looked at if contents are shown.
    pub fn of(said: &FilterSaid, shows_contents: bool) -> Self {
        let clause = |said: &ClauseSaid| Clause {
            text: said.text.clone(),
            truth: truth(said.truth),
            masked: said.values.iter().filter(|(_, value)| value.is_none()).map(|(field, _)| field.clone()).collect(),
            values: shows_contents
                .then(|| said.values.iter().filter_map(|(field, value)| Some((field.clone(), value.as_ref()?.to_json()))).collect()),
        };
        Self {
            holder: said.holder.as_ref().map(ToString::to_string),
            text: said.text.clone(),
            truth: if said.is_broken { "broken" } else { truth(said.truth) },
            clauses: said.clauses.iter().map(clause).collect(),
        }
    }

    fn lines(&self, into: &mut Vec<String>) {
        let whose = self.holder.as_ref().map_or_else(|| "the book's own filter".to_owned(), |holder| format!("the filter of {holder}"));
        let text = self.text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        into.push(match self.truth {
            "broken" => format!("  {whose} is not understood; what it brought before stays"),
            truth => format!("  {whose} says {truth}{text}"),
        });
        for clause in &self.clauses {
            let masked = if clause.masked.is_empty() { String::new() } else { format!(" (withheld: {})", clause.masked.join(", ")) };
            let shown = |(field, value): (&String, &Json)| format!("{field} = {value}");
            let values = clause.values.as_ref().map(|values| values.iter().map(shown).collect::<Vec<_>>().join(", "));
            let values = values.filter(|values| !values.is_empty()).map(|values| format!(" [{values}]")).unwrap_or_default();
            into.push(format!("    {}: {}{masked}{values}", clause.text, clause.truth));
        }
    }
}

impl Answer {
    /// The answer for people.
    pub fn text(&self) -> String {
        super::output::plain(&match self {
            Self::Operator(answer) => answer.text(),
            Self::User(answer) => answer.text(),
        })
    }
}

impl UserAnswer {
    fn text(&self) -> String {
        let mut lines = vec![match self.answer {
            "in_your_folder" => format!("It belongs into your folder, at place {}, {}.", self.place.unwrap_or_default(), brought(self.brought)),
            "beyond_cap" => {
                format!("It is wanted, but stands at place {}, behind your cap of {}.", self.place.unwrap_or_default(), self.cap.unwrap_or_default())
            }
            "not_wanted" => "Neither a subscription nor a filter wants it.".to_owned(),
            "not_offered" => "The company does not offer it.".to_owned(),
            "pending" => "It is pending.".to_owned(),
            _ => "There is no such record in your view.".to_owned(),
        }];
        lines.extend((!self.rights.is_empty()).then(|| "Rights:".to_owned()));
        lines.extend(
            self.rights.iter().map(|one| format!("  {}: {}", one.title, if one.applies { "it lets you see it" } else { "it does not apply to you" })),
        );
        lines.extend((!self.filters.is_empty()).then(|| "Filters:".to_owned()));
        self.filters.iter().for_each(|filter| filter.lines(&mut lines));
        lines.extend(self.written_at.map(|at| format!("Last written: {}", instant(at))));
        lines.extend(self.read_back_at.map(|at| format!("Last read back: {}", instant(at))));
        lines.join("\n")
    }
}

impl OperatorAnswer {
    fn text(&self) -> String {
        let mut lines = vec![format!("Record {} and user {} ({}), address book {}:", self.record, self.user, self.login, self.book)];
        lines.push(format!("{}.", self.sentence));
        lines.extend(self.record_doubt.iter().map(|why| format!("The record is doubtful alone: {why}")));
        lines.extend(self.doubts.iter().map(|(relation, why)| format!("In doubt: {relation}: {why}")));
        lines.push(format!("Licence: {}. He wants {} records; his cap is {}.", self.licence, self.wanted, self.cap));
        if !self.rights.is_empty() {
            lines.push("Rights:".to_owned());
            lines.extend(self.rights.iter().map(|right| format!("  {}: {}", named(&right.rule, &right.title), right.sentence())));
        }
        lines.extend(self.subscription.iter().map(|one| format!("Subscribed for {} by {}.", one.principal, one.by)));
        if !self.filters.is_empty() || self.bound.is_some() {
            lines.push("Filters:".to_owned());
            self.filters.iter().for_each(|filter| filter.lines(&mut lines));
        }
        if let Some(bound) = &self.bound {
            lines.push("The book's bound:".to_owned());
            bound.lines(&mut lines);
        }
        if !self.withheld.is_empty() {
            lines.push("Withheld fields:".to_owned());
            lines.push(self.withheld_table());
        }
        lines.extend(self.hidden_rows.iter().map(|hidden| {
            let rules = hidden.rules.iter().map(Named::words).collect::<Vec<_>>().join(", ");
            format!("{} of part {} are kept from him by {rules}.", many(hidden.rows, "row"), hidden.part)
        }));
        lines.push(match &self.contact {
            Some(contact) => format!(
                "In his mailbox: written {}{}; properties with a value: {}",
                instant(contact.written_at),
                contact.read_back_at.map(|at| format!(", read back {}", instant_or_none(Some(at)))).unwrap_or_default(),
                contact.properties.join(", ")
            ),
            None => "In his mailbox: nothing of it, as far as the ledger knows.".to_owned(),
        });
        lines.extend(
            self.refused.iter().map(|refused| format!("Graph refused it at {} ({}): {}", instant(refused.at), refused.code, refused.sentence)),
        );
        lines.join("\n")
    }

    fn withheld_table(&self) -> String {
        let rows = self.withheld.iter().flat_map(|withheld| {
            withheld.because.iter().map(|source| {
                let why = if source.voices.is_empty() { source.because.clone() } else { format!("{}: {}", source.because, source.voices.join(", ")) };
                [withheld.field.clone(), source.source.clone(), why]
            })
        });
        table(["field", "source", "why"], rows, "").trim_end().to_owned()
    }
}
