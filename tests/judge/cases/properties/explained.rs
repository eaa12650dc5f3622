//! Decision and reason equal the judge's for every user and record, whether the product is asked for the folder, for an explanation or for an answer
//! to the user.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::judge::{Cause, Eye, Folder, Standing, Told, Truth, Want};
use adressbote_judge::world::{World, worlds};
use adressbote_rules::due::Evaluation;
use adressbote_rules::explain::{Explanation, FilterSaid, Standing as ProductStanding, Told as ProductTold, explain};
use adressbote_rules::filter::Truth as ProductTruth;
use adressbote_rules::key::RecordKey;
use adressbote_rules::seat::Licence;
use adressbote_rules::sight::{LossCause, Sighting, Viewer};
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&["something in doubt"]);

#[test]
fn decision_and_reason_equal_the_judges() {
    run("explain", 2_100, &(worlds(), 0_usize..12, any::<u16>()), &EVIDENCE, |(mut world, licence, doubt)| {
        let relations = world.relations();
        world.doubts = relations.get(usize::from(doubt) % (5 * relations.len())).cloned().into_iter().collect();
        EVIDENCE.count(met_by_any(&world), &[!world.doubts.is_empty()]);
        let (snapshot, book) = (world.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        let licence = [Licence::Grace, Licence::Lost, Licence::Waiting, Licence::None].get(licence).copied().unwrap_or(Licence::Seated);
        for user in world.user_keys() {
            let (viewer, eye) = (snapshot.viewer(&user).unwrap(), Eye::of(&world, &user).unwrap());
            let folder = eye.folder();
            due_agrees(&evaluation, &viewer, &eye, &folder)?;
            let known = |name: &String| eye.attribute(name).is_some();
            prop_assert!(World::user_columns().keys().all(|name| viewer.user_columns().contains_key(name) == known(name)), "what {} may ask", user);
            for record in world.any_keys() {
                sight_agrees(&viewer, &eye, &record)?;
                let explained = explain(&evaluation, &viewer, licence, &record);
                prop_assert_eq!(standing(&explained), eye.standing(&folder, licence, &record), "{} and {}", user, record);
                told_agrees(&explained.told(&evaluation, &viewer), &eye.told(&folder, licence, &record), &user_and(&eye, &record))?;
            }
        }
        Ok(())
    });
}

fn user_and(eye: &Eye<'_>, record: &RecordKey) -> String {
    format!("{} and {record}", eye.user.key)
}

fn due_agrees<'s>(evaluation: &Evaluation<'s>, viewer: &Viewer<'s>, eye: &Eye<'_>, folder: &Folder) -> Result<(), TestCaseError> {
    let due = evaluation.due(viewer);
    let product: Vec<_> = due.contacts().iter().map(|contact| (contact.record().clone(), contact.brought())).collect();
    prop_assert_eq!(&product, folder.due(), "the folder of {}", eye.user.key);
    for contact in due.contacts() {
        let values: BTreeMap<_, _> = contact.values().map(|(property, value)| (property.name(), value.clone())).collect();
        prop_assert_eq!(values, eye.contact(contact.record()), "{} and {}", eye.user.key, contact.record());
    }
    prop_assert_eq!(due.tally.cap, folder.cap);
    prop_assert_eq!(due.tally.matched, folder.queue.len());
    prop_assert_eq!(due.tally.capped, folder.queue.len() - folder.due().len());
    Ok(())
}

/// What is visible, and everything that is seen of it.
fn sight_agrees(viewer: &Viewer<'_>, eye: &Eye<'_>, record: &RecordKey) -> Result<(), TestCaseError> {
    let sighting = viewer.look(record);
    prop_assert_eq!(matches!(sighting, Sighting::Visible(_) | Sighting::Unreadable), eye.sees(record), "{} and {}", eye.user.key, record);
    let Sighting::Visible(seen) = sighting else { return Ok(()) };
    for (id, field) in eye.world.view.numbered_fields() {
        prop_assert_eq!(seen.mask().reads(id), eye.reads(record, &field.name), "{} and {} and {}", eye.user.key, record, &field.name);
    }
    if !eye.is_doubtful(record) {
        prop_assert_eq!(seen.document(), eye.document(record), "{} and {}", eye.user.key, record);
    }
    Ok(())
}

fn standing(explained: &Explanation) -> Standing {
    match &explained.standing {
        ProductStanding::In { place, by } => Standing::In(*place, *by),
        ProductStanding::Capped { place, .. } => Standing::Capped(*place),
        ProductStanding::Unlicensed(licence) => Standing::Unlicensed(*licence),
        ProductStanding::Left => Standing::Left,
        ProductStanding::Erased => Standing::Out(Want::Erased),
        ProductStanding::NoRecord => Standing::Out(Want::Absent),
        ProductStanding::Hidden(causes) => Standing::Out(Want::Hidden(causes.iter().map(cause).collect::<BTreeSet<_>>())),
        ProductStanding::Suppressed(number) => Standing::Out(Want::Suppressed(*number)),
        ProductStanding::Doubtful => Standing::Out(Want::Doubtful),
        ProductStanding::Unwanted => Standing::Out(Want::Unwanted),
        ProductStanding::OutOfBounds => Standing::Out(Want::OutOfBounds),
    }
}

fn cause(cause: &LossCause) -> Cause {
    match cause {
        LossCause::Rule(name) => Cause::Rule(name.clone()),
        LossCause::Bar(principal) => Cause::Bar(principal.clone()),
        LossCause::NothingReadable => Cause::NothingReadable,
    }
}

fn told_agrees(product: &ProductTold, judge: &Told, about: &str) -> Result<(), TestCaseError> {
    match (product, judge) {
        (ProductTold::NotInYourView, Told::NotInYourView) | (ProductTold::Pending, Told::Pending) | (ProductTold::NotOffered, Told::NotOffered) => {}
        (ProductTold::BeyondCap { place, cap }, Told::BeyondCap(other, others)) if place == other && cap == others => {}
        (ProductTold::InYourFolder { place, by }, Told::InYourFolder(other, others)) if place == other && by == others => {}
        (ProductTold::NotWanted(product), Told::NotWanted(judge)) => filters_agree(product, judge, about)?,
        _ => prop_assert!(false, "{}: told {:?}, should be {:?}", about, product, judge),
    }
    Ok(())
}

fn filters_agree(
    product: &[FilterSaid],
    judge: &[(Option<adressbote_rules::key::Principal>, Truth, Option<adressbote_judge::world::tree::Tree>)],
    about: &str,
) -> Result<(), TestCaseError> {
    let said = |said: &FilterSaid| (said.holder.clone(), known(said.truth), said.text.is_some());
    let mut product: Vec<_> = product.iter().map(said).collect();
    let mut judge: Vec<_> = judge.iter().map(|(holder, truth, text)| (holder.clone(), *truth, text.is_some())).collect();
    product.sort();
    judge.sort();
    prop_assert_eq!(product, judge, "{}", about);
    Ok(())
}

fn known(truth: ProductTruth) -> Truth {
    match truth {
        ProductTruth::True => Some(true),
        ProductTruth::False => Some(false),
        ProductTruth::Unknown => None,
    }
}
