//! Reading rows in another order changes nothing: neither folders nor plans nor explanations.

use adressbote_judge::evidence::{Evidence, met_by_any};
use adressbote_judge::seed::Wish;
use adressbote_judge::world::{World, ledger, worlds};
use adressbote_rules::due::Evaluation;
use adressbote_rules::explain::explain;
use adressbote_rules::plan::{Service, plan};
use adressbote_rules::seat::Licence;
use proptest::prelude::*;

use super::runs::run;

static EVIDENCE: Evidence = Evidence::new(&[]);

#[test]
fn reading_rows_in_another_order_changes_nothing() {
    let strategy = (worlds(), any::<Wish>(), prop::collection::vec(any::<Wish>(), 0..6), any::<Wish>());
    run("order", 1_000, &strategy, &EVIDENCE, |(world, shuffle, edits, odd)| {
        EVIDENCE.count(met_by_any(&world), &[]);
        let mut other = world.clone();
        other.shuffle(&shuffle);
        let (snapshot, other_snapshot, book) = (world.snapshot(), other.snapshot(), world.book());
        let evaluation = Evaluation::new(&snapshot, &book, World::digest_key());
        let other_evaluation = Evaluation::new(&other_snapshot, &book, World::digest_key());
        prop_assert_eq!(snapshot.next_turn(), other_snapshot.next_turn());
        prop_assert_eq!(snapshot.candidates(), other_snapshot.candidates());
        let (earlier, earlier_book) = (world.earlier(&edits).snapshot(), world.book());
        let earlier = Evaluation::new(&earlier, &earlier_book, World::digest_key());
        for user in world.user_keys() {
            let (viewer, other_viewer) = (snapshot.viewer(&user).unwrap(), other_snapshot.viewer(&user).unwrap());
            let (due, other_due) = (evaluation.due(&viewer), other_evaluation.due(&other_viewer));
            prop_assert_eq!(due.contacts(), other_due.contacts(), "{}", user);
            prop_assert_eq!(&due.tally, &other_due.tally, "{}", user);
            let past = ledger(&earlier, &user, &odd);
            let one = plan(&evaluation, Some(&viewer), Service::Served, Some(&due), &past);
            let another = plan(&other_evaluation, Some(&other_viewer), Service::Served, Some(&other_due), &past);
            prop_assert_eq!(one, another, "{}", user);
            for record in world.any_keys() {
                let explained = explain(&evaluation, &viewer, Licence::Seated, &record);
                let other_explained = explain(&other_evaluation, &other_viewer, Licence::Seated, &record);
                prop_assert_eq!(explained, other_explained, "{} and {}", user, record);
            }
        }
        Ok(())
    });
}
