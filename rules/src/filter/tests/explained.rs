//! Which clauses decide.

use super::*;

fn clauses(text: &str, row: &Row) -> Vec<(String, Truth)> {
    let order = TextOrder::new("de").unwrap();
    let at = Circumstances { who: Some(&person()), today: day("2026-03-01"), text: &order };
    parsed(text).clauses(row, at).into_iter().map(|clause| (clause.text, clause.truth)).collect()
}

fn named(clauses: &[(&str, Truth)]) -> Vec<(String, Truth)> {
    clauses.iter().map(|(text, truth)| ((*text).to_owned(), *truth)).collect()
}

#[test]
fn the_clauses_that_decide_are_named() {
    let row = Row::default().text("city", "Ulm").masked("name");
    let text = "city = 'Ulm' AND (owner = user.id OR name = 'x' OR city LIKE 'U%')";
    assert_eq!(clauses(text, &row), named(&[("city = 'Ulm'", Truth::True), ("city LIKE 'U%'", Truth::True)]));
    let text = "city = 'Ulm' AND name = 'x' AND owner IS NULL";
    assert_eq!(clauses(text, &row), named(&[("name = 'x'", Truth::Unknown)]));
    let text = "city = 'Ulm' AND name = 'x' AND NOT (owner IS NULL OR active)";
    assert_eq!(clauses(text, &row), named(&[("owner IS NULL", Truth::True)]));
    let text = "NOT city IN ('Bonn') AND NOT city = 'Bern'";
    assert_eq!(clauses(text, &row), named(&[("city NOT IN ('Bonn')", Truth::True), ("NOT city = 'Bern'", Truth::True)]));
}

#[test]
fn a_clause_knows_its_fields() {
    let order = TextOrder::new("de").unwrap();
    let at = Circumstances { who: None, today: day("2026-03-01"), text: &order };
    let clauses = parsed("city = name AND user.id = owner").clauses(&Row::default(), at);
    let touched: Vec<_> = clauses.into_iter().map(|clause| clause.touches).collect();
    assert_eq!(touched, [BTreeSet::from([FieldId(0), FieldId(1)]), BTreeSet::from([FieldId(2)])]);
}
