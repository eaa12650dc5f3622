//! Why a contact is or is not in a folder: one answer per user and record, made for its asker.

use crate::due::{Evaluation, Verdict};
use crate::filter::{ClauseTruth, Truth};
use crate::key::{Principal, RecordKey, Source, UserKey};
use crate::ledger::Brought;
use crate::seat::Licence;
use crate::sight::{HiddenRows, LossCause, RuleAnswer, SourceAnswer, Viewer, VisibleRecord};
use crate::value::Value;

/// On whose behalf a question is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A user asks about his own folder; he learns nothing that he may not see.
    User(UserKey),
    /// An operator asks: ids, counts, reasons, field names.
    Operator,
}

/// Whether a record stands in a folder, and if not, the first reason that fits.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It is in the folder, at this place, brought by this.
    In {
        /// From 1.
        place: usize,
        /// What brought it.
        by: Brought,
    },
    /// The user is not served.
    Unlicensed(Licence),
    /// The user is inactive.
    Left,
    /// The person was taken out.
    Erased,
    /// The view has no such record.
    NoRecord,
    /// He may not see it.
    Hidden(Vec<LossCause>),
    /// The book's suppression with this number keeps it out.
    Suppressed(usize),
    /// The record could not be read well; a copy that exists stays.
    Doubtful,
    /// Neither a subscription nor a filter wants it.
    Unwanted,
    /// It is wanted, but the book's bound does not admit it.
    OutOfBounds,
    /// It is wanted, but stands behind the cap.
    Capped {
        /// Its place, from 1.
        place: usize,
        /// The cap.
        cap: u32,
    },
}

/// What one filter says of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct FilterSaid {
    /// Whose filter it is; none: the book's own.
    pub holder: Option<Principal>,
    /// Its text; none where the asker may not read it, or it was not understood.
    pub text: Option<String>,
    /// Whether it is not understood; then it says nothing, and what it brought before stays.
    pub is_broken: bool,
    /// What it says.
    pub truth: Truth,
    /// Its clauses, each with what it says and the values it looked at.
    pub clauses: Vec<ClauseSaid>,
}

/// What one clause says, and the values that it looked at as the user sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct ClauseSaid {
    /// The clause.
    pub text: String,
    /// What it says.
    pub truth: Truth,
    /// Field names with values; none: masked. Contents: shown to the user himself, or to an operator who asks for contents.
    pub values: Vec<(String, Option<Value>)>,
}

/// A field kept from a user, for an operator: its name, and the sources that mask it with why.
pub type Withheld = (String, Vec<(Source, SourceAnswer)>);

/// The whole answer, as an operator may have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Whose folder.
    pub user: UserKey,
    /// Which record.
    pub record: RecordKey,
    /// In short.
    pub standing: Standing,
    /// Whether he is licensed.
    pub licence: Licence,
    /// How each right rule answers.
    pub rules: Vec<(String, RuleAnswer)>,
    /// For whom it is subscribed, and by whom.
    pub subscription: Option<(Principal, String)>,
    /// What the filters say that count for him.
    pub filters: Vec<FilterSaid>,
    /// What the book's bound says.
    pub bound: Option<FilterSaid>,
    /// The fields kept from him.
    pub withheld: Vec<Withheld>,
    /// The rows kept from him, and by which rules.
    pub hidden_rows: Vec<HiddenRows>,
    /// How many records he wants, and the cap.
    pub queue: (usize, u32),
}

/// What a user is told about a record. A record that he may not see and one that does not exist are told alike.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// There is no such record in his view.
    NotInYourView,
    /// Not now; why is not told, as others' data decides it.
    Pending,
    /// The company does not offer it.
    NotOffered,
    /// He does not want it: what his filters say. Others' filters stand without their text.
    NotWanted(Vec<FilterSaid>),
    /// It is wanted and stands behind the cap.
    BeyondCap {
        /// Its place, from 1.
        place: usize,
        /// The cap.
        cap: u32,
    },
    /// It is in his folder.
    InYourFolder {
        /// Its place, from 1.
        place: usize,
        /// What brought it.
        by: Brought,
    },
}

/// Explains one record in one user's folder.
pub fn explain<'s>(evaluation: &Evaluation<'s>, viewer: &Viewer<'s>, licence: Licence, record: &RecordKey) -> Explanation {
    let verdict = evaluation.judge(viewer, record);
    let seen = match &verdict {
        Verdict::Unwanted(seen) | Verdict::OutOfBounds(seen) | Verdict::Wanted(_, seen) | Verdict::Doubtful(Some(seen)) => Some(seen),
        Verdict::Erased | Verdict::Absent | Verdict::Hidden(_) | Verdict::Suppressed(_) | Verdict::Doubtful(None) => None,
    };
    let cap = evaluation.book().cap_of(viewer);
    let (place, wanted) = evaluation.standing(viewer, record);
    let view = evaluation.snapshot().view();
    let exists = evaluation.snapshot().has(record);
    let withheld = if exists { viewer.withheld(record) } else { Vec::new() };
    Explanation {
        user: viewer.person().id.clone(),
        record: record.clone(),
        standing: standing(viewer, licence, &verdict, place, cap),
        licence,
        rules: if exists { viewer.rule_answers(record) } else { Vec::new() },
        subscription: viewer.subscription(record, &evaluation.book().name).map(|row| (row.principal.clone(), row.by.to_string())),
        filters: seen.map(|seen| filters_said(evaluation, viewer, seen)).unwrap_or_default(),
        bound: seen.and_then(|seen| Some(said(evaluation, None, evaluation.book().bound.as_ref()?, seen))),
        withheld: withheld.into_iter().filter_map(|(id, why)| Some((view.field(id)?.name.clone(), why))).collect(),
        hidden_rows: viewer.kept_rows(record),
        queue: (wanted, cap),
    }
}

fn standing(viewer: &Viewer<'_>, licence: Licence, verdict: &Verdict<'_>, place: Option<usize>, cap: u32) -> Standing {
    match (licence, verdict) {
        _ if !viewer.user().is_active => Standing::Left,
        (Licence::Grace | Licence::Lost | Licence::Waiting | Licence::None, _) => Standing::Unlicensed(licence),
        (Licence::Seated, Verdict::Erased) => Standing::Erased,
        (Licence::Seated, Verdict::Absent) => Standing::NoRecord,
        (Licence::Seated, Verdict::Hidden(loss)) => Standing::Hidden(loss.causes.clone()),
        (Licence::Seated, Verdict::Suppressed(number)) => Standing::Suppressed(*number),
        (Licence::Seated, Verdict::Doubtful(_)) => Standing::Doubtful,
        (Licence::Seated, Verdict::Unwanted(_)) => Standing::Unwanted,
        (Licence::Seated, Verdict::OutOfBounds(_)) => Standing::OutOfBounds,
        (Licence::Seated, Verdict::Wanted(by, _)) => match place {
            Some(place) if place <= usize::try_from(cap).unwrap_or(usize::MAX) => Standing::In { place, by: *by },
            place => Standing::Capped { place: place.unwrap_or_default(), cap },
        },
    }
}

fn filters_said(evaluation: &Evaluation<'_>, viewer: &Viewer<'_>, seen: &VisibleRecord<'_>) -> Vec<FilterSaid> {
    let stored = viewer.filters(&evaluation.book().name);
    if stored.is_empty() {
        return evaluation.book().default_filter.iter().map(|filter| said(evaluation, None, filter, seen)).collect();
    }
    let each = stored.into_iter().map(|(holder, filter)| match filter {
        Ok(filter) => said(evaluation, Some(holder.clone()), filter, seen),
        Err(_) => FilterSaid { holder: Some(holder.clone()), text: None, is_broken: true, truth: Truth::Unknown, clauses: Vec::new() },
    });
    each.collect()
}

fn said(evaluation: &Evaluation<'_>, holder: Option<Principal>, filter: &crate::filter::Filter, seen: &VisibleRecord<'_>) -> FilterSaid {
    let view = evaluation.snapshot().view();
    let value = |seen: &VisibleRecord<'_>, field| match seen.see(field) {
        crate::value::Seen::Masked => None,
        crate::value::Seen::Value(value) => Some(value.into_owned()),
    };
    let clause = |ClauseTruth { text, truth, touches }: ClauseTruth| {
        let values = touches.into_iter().filter_map(|field| Some((view.field(field)?.name.clone(), value(seen, field)))).collect();
        ClauseSaid { text, truth, values }
    };
    let clauses = seen.clauses(filter).into_iter().map(clause).collect();
    FilterSaid { holder, text: Some(filter.to_string()), is_broken: false, truth: seen.judge(filter), clauses }
}

impl Explanation {
    /// What the user himself is told. `visible` is what [`Evaluation::judge`] and the rights check say regardless of his licence.
    pub fn told(&self, evaluation: &Evaluation<'_>, viewer: &Viewer<'_>) -> Told {
        // While rights are in doubt, a record that exists and one that does not are told alike.
        if evaluation.snapshot().rights_are_in_doubt() {
            return Told::Pending;
        }
        if evaluation.snapshot().record_is_hidden(viewer, &self.record) {
            return Told::NotInYourView;
        }
        match &self.standing {
            Standing::NoRecord | Standing::Hidden(_) => Told::NotInYourView,
            Standing::Unlicensed(_) | Standing::Left | Standing::Doubtful => Told::Pending,
            Standing::Erased | Standing::Suppressed(_) | Standing::OutOfBounds => Told::NotOffered,
            Standing::Unwanted => Told::NotWanted(self.filters.iter().map(|said| said.for_user(&self.user)).collect()),
            Standing::Capped { place, cap } => Told::BeyondCap { place: *place, cap: *cap },
            Standing::In { place, by } => Told::InYourFolder { place: *place, by: *by },
        }
    }
}

impl FilterSaid {
    /// The same without text and clauses, unless it is the user's own.
    fn for_user(&self, user: &UserKey) -> Self {
        if self.holder.as_ref() == Some(&Principal::of_user(user)) {
            return self.clone();
        }
        Self { text: None, clauses: Vec::new(), ..self.clone() }
    }
}
