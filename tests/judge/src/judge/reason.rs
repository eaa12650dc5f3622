//! Why a contact that is not due leaves, and what that rests on.

use std::collections::BTreeSet;

use adressbote_rules::crm::{Relation, Target};
use adressbote_rules::key::RecordKey;
use adressbote_rules::ledger::{Brought, DeleteReason};

use super::eye::{Cause, Eye};
use super::folder::Want;
use crate::world::World;

/// Each is enough by itself; all its relations must be proven.
pub type Grounds = Vec<BTreeSet<Relation>>;

/// What becomes of a contact of the ledger that is not due.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It leaves for the first of these that is proven.
    Leaves(Vec<(DeleteReason, Grounds)>),
    /// Its record is doubtful alone, and nothing else takes it away.
    Stays,
}

/// Every reason that fits, in their precedence, for a user who is served or frozen. `eye` is none when the CRM does not have the user.
pub fn reasons(world: &World, eye: Option<&Eye<'_>>, record: &RecordKey, brought: Brought) -> Fate {
    let mut reasons = Vec::new();
    if world.erased_here.contains(record) {
        reasons.push((DeleteReason::Erased, vec![BTreeSet::new()]));
    } else if world.erased.contains(record) {
        reasons.push((DeleteReason::Erased, vec![set([Relation::Erased])]));
    }
    let Some(eye) = eye else {
        reasons.push((DeleteReason::UserLeft, vec![set([Relation::Users])]));
        return Fate::Leaves(reasons);
    };
    let causes = eye.causes(record);
    let lost = (DeleteReason::RightLost, causes.iter().map(|cause| of_cause(world, cause)).collect::<Vec<_>>());
    if !eye.keys.contains(record) {
        reasons.push((DeleteReason::RecordGone, vec![set([Relation::View])]));
        reasons.extend((!causes.is_empty()).then_some(lost));
        return Fate::Leaves(reasons);
    }
    if !causes.is_empty() {
        reasons.push(lost);
    }
    if eye.suppressed(record).is_some() {
        // It sees the record whole, in any version: what is doubtful in this record alone does not matter.
        reasons.push((DeleteReason::Suppressed, vec![contents().intersection(&world.doubts).cloned().collect()]));
    }
    if causes.is_empty() {
        if eye.is_doubtful(record) {
            return if reasons.is_empty() { Fate::Stays } else { Fate::Leaves(reasons) };
        }
        reasons.extend(unwanted(eye, record, brought));
    }
    Fate::Leaves(reasons)
}

/// Why nothing wants a record that he sees, or its place is behind the cap.
fn unwanted(eye: &Eye<'_>, record: &RecordKey, brought: Brought) -> Option<(DeleteReason, Grounds)> {
    let world = eye.world;
    let has_ended = brought == Brought::Subscription && !eye.subscribes(record);
    let mut wishes: BTreeSet<Relation> = contents().into_iter().chain(holding()).chain(masking(world)).collect();
    wishes.extend([Relation::Subscriptions, Relation::Filters, Relation::Deputies]);
    match eye.wish(record) {
        Want::Wanted(_) => {
            let is_due = eye.folder().due().iter().any(|(due, _)| due == record);
            let reason = if has_ended { DeleteReason::Unsubscribed } else { DeleteReason::Cap };
            // A place in the order rests on everything.
            (!is_due).then(|| (reason, vec![world.doubts.clone()]))
        }
        _ if has_ended => Some((DeleteReason::Unsubscribed, vec![wishes])),
        _ => Some((DeleteReason::Filter, vec![wishes])),
    }
}

fn of_cause(world: &World, cause: &Cause) -> BTreeSet<Relation> {
    let own: Vec<Relation> = match cause {
        Cause::Rule(name) => vec![Relation::Rule(name.clone()), Relation::RuleExempt(name.clone())],
        Cause::Bar(_) => vec![Relation::Bars],
        Cause::NothingReadable => {
            let on_sources = world.laws.iter().filter(|law| matches!(law.shape.target, Target::Source(_)));
            let rules = on_sources.flat_map(|law| [Relation::Rule(law.shape.name.clone()), Relation::RuleExempt(law.shape.name.clone())]);
            rules.chain([Relation::FieldRights, Relation::FieldRightsExempt]).collect()
        }
    };
    own.into_iter().chain(holding()).collect()
}

fn set<const N: usize>(relations: [Relation; N]) -> BTreeSet<Relation> {
    relations.into_iter().collect()
}

fn holding() -> [Relation; 3] {
    [Relation::Users, Relation::Holds, Relation::Implies]
}

/// What was read of records themselves.
fn contents() -> BTreeSet<Relation> {
    set([Relation::View, Relation::Part("phone".to_owned()), Relation::Part("company".to_owned())])
}

/// What decides which fields and rows of a record are kept from a user.
fn masking(world: &World) -> Vec<Relation> {
    let within = world.laws.iter().filter(|law| law.shape.target != Target::Record);
    let rules = within.flat_map(|law| [Relation::Rule(law.shape.name.clone()), Relation::RuleExempt(law.shape.name.clone())]);
    rules.chain([Relation::FieldRights, Relation::FieldRightsExempt]).collect()
}
