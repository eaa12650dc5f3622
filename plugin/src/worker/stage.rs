//! The stages of delivery: what takes away for everybody, then everybody's first contacts, then the rest.

use adressbote_rules::due::Addition;
use adressbote_rules::plan::Change;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

use super::case::Case;
use super::deliver;
use super::error::DeliveryError;
use super::pass::{Round, Watch};
use crate::graph::MOST_IN_BATCH;

/// How many mailboxes are served side by side.
const SIDE_BY_SIDE: usize = 16;

/// How many contacts every user gets before anybody gets more: those that stand first in his folder.
const FIRST: usize = 100;

/// One step of one case.
pub type Step<'c> = BoxFuture<'c, Result<(), DeliveryError>>;

/// Goes through cases side by side, to the end of all of them; the first failure that concerns everybody is told then.
///
/// # Errors
/// That failure.
pub async fn side_by_side(steps: Vec<Step<'_>>, watch: &dyn Watch) -> Result<(), DeliveryError> {
    let mut outcomes = futures::stream::iter(steps).buffer_unordered(SIDE_BY_SIDE);
    let mut first = Ok(());
    while let Some(outcome) = outcomes.next().await {
        watch.step();
        first = first.and(outcome);
    }
    first
}

/// Delivers one stage for everybody.
///
/// # Errors
/// The first failure that concerns everybody.
pub async fn deliver(round: &Round<'_>, cases: &mut [Case], stage: Stage, watch: &dyn Watch) -> Result<(), DeliveryError> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for case in cases.iter_mut().filter(|case| stage.concerns(case)) {
        let (changes, additions) = stage.take(case);
        if !changes.is_empty() || !additions.is_empty() {
            steps.push(deliver_case(round, case, (changes, additions)).boxed());
        }
    }
    watch.stage(stage.name(), steps.len());
    side_by_side(steps, watch).await
}

async fn deliver_case(round: &Round<'_>, case: &mut Case, (changes, additions): (Vec<Change>, Vec<Addition>)) -> Result<(), DeliveryError> {
    if !changes.is_empty() {
        let outcome = deliver::carry_out(round, case, changes).await;
        case.bear(outcome)?;
    }
    for additions in additions.chunks(MOST_IN_BATCH) {
        if case.is_stopped || case.adds_nothing || round.stop.is_cancelled() || round.adds_no_more() {
            case.report.unsent += additions.len();
            continue;
        }
        let creations = creations(round, case, additions);
        let outcome = deliver::carry_out(round, case, creations).await;
        case.bear(outcome)?;
    }
    Ok(())
}

/// New contacts with their contents. What was decided by the same reading and does not pass the rights check now is a mistake of the program, and not sent.
fn creations(round: &Round<'_>, case: &mut Case, additions: &[Addition]) -> Vec<Change> {
    let mut creations = Vec::with_capacity(additions.len());
    if let Some(evaluation) = round.evaluation(case)
        && let Some(viewer) = evaluation.snapshot().viewer(&case.key.user)
    {
        let contacts = additions.iter().filter_map(|addition| evaluation.make(&viewer, addition));
        creations.extend(contacts.map(|contact| Change::Create(Box::new(contact))));
    }
    case.report.is_disputed |= creations.len() < additions.len();
    case.report.unsent += additions.len() - creations.len();
    creations
}

/// A stage.
#[derive(Clone, Copy, Debug)]
pub enum Stage {
    /// What takes away and needs nothing but the ledger.
    Withdrawals,
    /// What may take away, but carries contents.
    Updates,
    /// Everybody's first contacts.
    First,
    /// All others.
    Rest,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Withdrawals => "withdrawing",
            Self::Updates => "updating",
            Self::First => "first contacts",
            Self::Rest => "the rest",
        }
    }

    fn concerns(self, case: &Case) -> bool {
        let adds = || case.folder.is_some() && !case.adds_nothing;
        case.has_mailbox()
            && !case.is_stopped
            && match self {
                Self::Withdrawals | Self::Updates => true,
                Self::First | Self::Rest => adds(),
            }
    }

    fn take(self, case: &mut Case) -> (Vec<Change>, Vec<Addition>) {
        match self {
            Self::Withdrawals => {
                let awaits_quiet = case.awaits_quiet;
                let is_ready = |change: &mut Change| match change {
                    Change::Delete { .. } => true,
                    // What is emptied now could be filled again by what another process has sent.
                    Change::Clear { .. } => !awaits_quiet,
                    Change::Update { .. } | Change::Create(_) => false,
                };
                (case.plan.withdrawals.extract_if(.., is_ready).collect(), Vec::new())
            }
            Self::Updates => (std::mem::take(&mut case.plan.withdrawals), Vec::new()),
            Self::First => {
                let first = case.additions.len().min(FIRST);
                (Vec::new(), case.additions.drain(..first).collect())
            }
            Self::Rest => (Vec::new(), std::mem::take(&mut case.additions)),
        }
    }
}
