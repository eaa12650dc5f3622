//! The stages of delivery: what takes away for everybody, then everybody's first contacts, then the rest.

use adressbote_rules::plan::Change;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};

use super::case::Case;
use super::deliver;
use super::error::DeliveryError;
use super::pass::{Round, Watch};

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
        let changes = stage.take(case);
        if !changes.is_empty() {
            steps.push(deliver_case(round, case, changes).boxed());
        }
    }
    watch.stage(stage.name(), steps.len());
    side_by_side(steps, watch).await
}

async fn deliver_case(round: &Round<'_>, case: &mut Case, changes: Vec<Change>) -> Result<(), DeliveryError> {
    let outcome = deliver::carry_out(round, case, changes).await;
    case.bear(outcome)
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

    fn take(self, case: &mut Case) -> Vec<Change> {
        match self {
            Self::Withdrawals => {
                let awaits_quiet = case.awaits_quiet;
                let is_ready = |change: &mut Change| match change {
                    Change::Delete { .. } => true,
                    // What is emptied now could be filled again by what another process has sent.
                    Change::Clear { .. } => !awaits_quiet,
                    Change::Update { .. } | Change::Create(_) => false,
                };
                case.plan.withdrawals.extract_if(.., is_ready).collect()
            }
            Self::Updates => std::mem::take(&mut case.plan.withdrawals),
            Self::First => {
                let first = case.plan.additions.len().min(FIRST);
                case.plan.additions.drain(..first).collect()
            }
            Self::Rest => std::mem::take(&mut case.plan.additions),
        }
    }
}
