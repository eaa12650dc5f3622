//! `explain`: why a contact is or is not in a folder.

use adressbote_rules::crm::{Answer as CrmAnswer, Combine};
use adressbote_rules::explain::{self, Asker, Explanation, Standing, Told};
use adressbote_rules::key::RecordKey;
use adressbote_rules::seat::Licence;
use adressbote_rules::sight::{LossCause, RuleAnswer, Snapshot, SourceAnswer, Viewer};
use adressbote_schema::crm::stem;
use adressbote_schema::state::{BookKey, FolderKey, PassKind};
use chrono::Utc;

use super::Desk;
use super::asker::{self, Contents, Who, unknown_record};
use super::exit::Exit;
use super::told::{Admitted, Answer, Decided, Filter, Hidden, In, Named, OperatorAnswer, Refused, Right, Source, Subscribed, UserAnswer, Withheld};
use crate::app::{App, OpenBook};
use crate::worker::reading::Reading;
use crate::worker::recent;

/// Explain why a record is or is not in a user's folder
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    who: Who,
    /// Which record (its key in the CRM)
    #[arg(long, value_name = "RECORD")]
    record: String,
    /// Of which address book; needed when there are several
    #[arg(long, value_name = "BOOK")]
    book: Option<String>,
    #[command(flatten)]
    contents: Contents,
}

/// Explains and prints.
///
/// # Errors
/// When there is no such user or, for an operator, no such record.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let (user, asker) = args.who.resolve()?;
    let book = asker::book(&app, args.book.as_deref())?;
    let recent = recent::at_hand(&app, &PassKind::User(user.clone()), Utc::now()).await?;
    let (reading, evaluation) = (&recent.reading, recent.evaluation(&app, book));
    let viewer = asker::viewer(&reading.snapshot, &user, &asker)?;
    let record = RecordKey::new(&args.record);
    let explanation = explain::explain(&evaluation, &viewer, reading.licence(&user), &record);
    let case = Asked { app: &app, book, reading, viewer: &viewer };
    let answer = match &asker {
        Asker::Operator => {
            case.refuse_unknown(&record).await?;
            let subjects = [user.as_str(), record.as_str()];
            let shows = args.contents.allow(&app, &asker, ("show contents: explain", &subjects), Utc::now()).await?;
            Answer::Operator(Box::new(case.operator(explanation, shows).await?))
        }
        Asker::User(_) => {
            let told = explanation.told(&evaluation, &viewer);
            Answer::User(case.user(told, &record, explanation.rules).await?)
        }
    };
    desk.output.show(&answer, Answer::text)?;
    Ok(Exit::Done)
}

/// What a question is about.
struct Asked<'a> {
    app: &'a App,
    book: &'a OpenBook,
    reading: &'a Reading,
    viewer: &'a Viewer<'a>,
}

impl Asked<'_> {
    fn snapshot(&self) -> &Snapshot {
        &self.reading.snapshot
    }

    /// A rule of the profile by its name, with the title by which people know it.
    fn named(&self, rule: &str) -> Named {
        let declared = self.app.profile.rules().iter().find(|one| one.shape.name == rule);
        Named { name: rule.to_owned(), title: declared.map_or_else(|| rule.to_owned(), |one| one.title.clone()) }
    }

    /// A record that neither the CRM nor our own history knows was mistyped.
    async fn refuse_unknown(&self, record: &RecordKey) -> anyhow::Result<()> {
        if self.snapshot().has(record) || self.snapshot().is_erased(record) || !self.app.state.where_record(record).await?.is_empty() {
            return Ok(());
        }
        Err(unknown_record(self.snapshot(), record).into())
    }

    /// What stands in the user's mailbox, as the ledger knows it.
    async fn contact(&self, record: &RecordKey) -> anyhow::Result<(Option<In>, Option<Refused>)> {
        let user = &self.viewer.person().id;
        let Some(binding) = self.app.state.binding(user).await? else { return Ok((None, None)) };
        let folder = FolderKey { user: user.clone(), book: BookKey::new(self.book.key.as_str()), mailbox: binding.mailbox };
        let stands = self.app.state.contact(&folder, record).await?.map(|stands| In {
            mailbox: folder.mailbox.to_string(),
            written_at: stands.pushed_at,
            read_back_at: stands.verified_at,
            properties: stands.pushed.filled.iter().map(|property| property.name()).collect(),
            is_current: stands.pushed.digest.is_some(),
        });
        let refused = self.app.state.refusals_of(&folder).await?.remove(record);
        Ok((stands, refused.map(|refused| Refused { code: refused.code, sentence: refused.sentence, at: refused.at })))
    }

    async fn operator(&self, explanation: Explanation, shows_contents: bool) -> anyhow::Result<OperatorAnswer> {
        let Explanation { user, record, standing, licence, rules, subscription, filters, bound, withheld, hidden_rows, queue } = explanation;
        let (contact, refused) = self.contact(&record).await?;
        let doubts = self.snapshot().doubts();
        Ok(OperatorAnswer {
            user: user.to_string(),
            login: self.viewer.user().login.clone(),
            record: record.to_string(),
            book: self.book.key.to_string(),
            standing: word(&standing),
            sentence: self.sentence(&standing),
            decided: self.decided(&standing),
            licence: licence_word(licence),
            wanted: queue.0,
            cap: queue.1,
            rights: rules.into_iter().map(|(rule, answer)| right(self.named(&rule), answer)).collect(),
            subscription: subscription.map(|(principal, by)| Subscribed { principal: principal.to_string(), by }),
            filters: filters.iter().map(|said| Filter::of(said, shows_contents)).collect(),
            bound: bound.map(|said| Filter::of(&said, shows_contents)),
            withheld: withheld
                .into_iter()
                .map(|(field, sources)| Withheld {
                    field,
                    because: sources.into_iter().map(|(source, why)| self.masked(source.as_str(), why)).collect(),
                })
                .collect(),
            hidden_rows: hidden_rows
                .into_iter()
                .map(|hidden| Hidden { part: hidden.part, rows: hidden.rows, rules: hidden.rules.iter().map(|rule| self.named(rule)).collect() })
                .collect(),
            contact,
            refused,
            doubts: doubts.iter().map(|(relation, why)| (stem(relation), why.to_string())).collect(),
            record_doubt: self
                .snapshot()
                .doubtful_records()
                .get(&record)
                .map(|doubts| doubts.iter().map(|(relation, why)| format!("{}: {why}", stem(relation))).collect::<Vec<_>>().join("; ")),
        })
    }

    /// What a user is told. Of what is not in his view nothing is looked up, so that nothing can differ.
    async fn user(&self, told: Told, record: &RecordKey, rules: Vec<(String, RuleAnswer)>) -> anyhow::Result<UserAnswer> {
        let answer = |word| UserAnswer {
            answer: word,
            place: None,
            cap: None,
            brought: None,
            rights: Vec::new(),
            filters: Vec::new(),
            written_at: None,
            read_back_at: None,
        };
        let admitted = || {
            rules.iter().map(|(rule, answer)| Admitted { title: self.named(rule).title, applies: !matches!(answer, RuleAnswer::Exempt(_)) }).collect()
        };
        Ok(match told {
            Told::NotInYourView => answer("not_in_your_view"),
            Told::Pending => answer("pending"),
            Told::NotOffered => answer("not_offered"),
            Told::NotWanted(filters) => {
                let filters = filters.iter().map(|said| Filter::of(said, true)).collect();
                UserAnswer { rights: admitted(), filters, ..answer("not_wanted") }
            }
            Told::BeyondCap { place, cap } => UserAnswer { place: Some(place), cap: Some(cap), rights: admitted(), ..answer("beyond_cap") },
            Told::InYourFolder { place, by } => {
                let (contact, _) = self.contact(record).await?;
                let (written_at, read_back_at) = contact.map(|contact| (Some(contact.written_at), contact.read_back_at)).unwrap_or_default();
                UserAnswer { place: Some(place), brought: Some(by), rights: admitted(), written_at, read_back_at, ..answer("in_your_folder") }
            }
        })
    }

    fn sentence(&self, standing: &Standing) -> String {
        match standing {
            Standing::In { place, by } => format!("it belongs into his folder, at place {place}, {}", super::plan::brought(Some(*by))),
            Standing::Unlicensed(licence) => format!("he is not served: {}", licence_sentence(*licence)),
            Standing::Left => "the user is inactive in the CRM; his folder is withdrawn".to_owned(),
            Standing::Erased => "the person was taken out, by the CRM's list or here".to_owned(),
            Standing::NoRecord => "the CRM's view has no such record".to_owned(),
            Standing::Hidden(causes) => {
                format!("he may not see it: {}", causes.iter().map(|cause| self.hiding(cause)).collect::<Vec<_>>().join("; "))
            }
            Standing::Suppressed(number) => {
                let text = self.book.rules.suppressions.get(*number).map(ToString::to_string).unwrap_or_default();
                format!("suppression {} of the book keeps it out for everybody: {text}", number + 1)
            }
            Standing::Doubtful => "the record cannot be read well; it is new to nobody, a copy that stands stays".to_owned(),
            Standing::Unwanted => "neither a subscription nor a filter wants it".to_owned(),
            Standing::OutOfBounds => "it is wanted, but the book's bound does not admit it".to_owned(),
            Standing::Capped { place, cap } => format!("it is wanted, but stands at place {place}, behind the cap of {cap}"),
        }
    }

    /// A cause of hiding in words.
    fn hiding(&self, cause: &LossCause) -> String {
        match cause {
            LossCause::Rule(rule) => format!("{} does not list him", self.named(rule).words()),
            LossCause::Bar(principal) => format!("he holds `{principal}`, which is barred from it"),
            LossCause::NothingReadable => "field rights leave nothing to read".to_owned(),
        }
    }

    /// What of the profile decided that he may not see it; each of them is enough.
    fn decided(&self, standing: &Standing) -> Vec<Decided> {
        let Standing::Hidden(causes) = standing else { return Vec::new() };
        let decided = |cause: &LossCause| match cause {
            LossCause::Rule(rule) => Decided { by: "rule", rule: Some(self.named(rule)), principal: None },
            LossCause::Bar(principal) => Decided { by: "bar", rule: None, principal: Some(principal.to_string()) },
            LossCause::NothingReadable => Decided { by: "field_rights", rule: None, principal: None },
        };
        causes.iter().map(decided).collect()
    }

    /// Why a source is masked.
    fn masked(&self, source: &str, why: SourceAnswer) -> Source {
        let spoken = match self.app.profile.combine() {
            Combine::DenialWins => "by field rights, of which a denial wins",
            Combine::GrantLiftsDenial => "by field rights, as no grant lifts the denial",
            Combine::NearestFirst => "by field rights, of which the nearest counts",
        };
        let (because, rule, voices) = match why {
            SourceAnswer::Exempt => ("field rights do not apply".to_owned(), None, Vec::new()),
            SourceAnswer::Rule(rule) => {
                let rule = self.named(&rule);
                (format!("{} does not list him", rule.words()), Some(rule), Vec::new())
            }
            SourceAnswer::Spoken(voices) => (spoken.to_owned(), None, voices),
            SourceAnswer::Silence => ("no field right speaks of it, and silence masks".to_owned(), None, Vec::new()),
        };
        let says = |answer| match answer {
            CrmAnswer::Grant => "grants",
            CrmAnswer::Deny => "denies",
        };
        let voices = voices.into_iter().map(|(principal, answer)| format!("{principal} {}", says(answer))).collect();
        Source { source: source.to_owned(), because, rule, voices }
    }
}

fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::In { .. } => "in_folder",
        Standing::Unlicensed(_) => "unlicensed",
        Standing::Left => "user_left",
        Standing::Erased => "erased",
        Standing::NoRecord => "no_record",
        Standing::Hidden(_) => "hidden",
        Standing::Suppressed(_) => "suppressed",
        Standing::Doubtful => "doubtful",
        Standing::Unwanted => "unwanted",
        Standing::OutOfBounds => "out_of_bounds",
        Standing::Capped { .. } => "capped",
    }
}

fn licence_word(licence: Licence) -> &'static str {
    match licence {
        Licence::Seated => "seated",
        Licence::Grace => "grace",
        Licence::Lost => "lost",
        Licence::Waiting => "waiting",
        Licence::None => "none",
    }
}

fn licence_sentence(licence: Licence) -> &'static str {
    match licence {
        Licence::Seated => "he holds a seat",
        Licence::Grace => "he lost his seat; his folder stays as it is until the grace of 14 days is over",
        Licence::Lost => "he lost his seat and the grace is over",
        Licence::Waiting => "he waits for a free seat",
        Licence::None => "he is no candidate for a seat",
    }
}

fn right(Named { name, title }: Named, answer: RuleAnswer) -> Right {
    let (answer, principals) = match answer {
        RuleAnswer::Exempt(held) => ("exempt", held),
        RuleAnswer::Listed(held) if held.is_empty() => ("not_listed", held),
        RuleAnswer::Listed(held) => ("listed", held),
        RuleAnswer::Unlisted(true) => ("open_by_default", Vec::new()),
        RuleAnswer::Unlisted(false) => ("hidden_by_default", Vec::new()),
    };
    Right { rule: name, title, answer, principals: principals.iter().map(ToString::to_string).collect() }
}
