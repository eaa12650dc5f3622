//! Properties over random filters, records and users.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::like::Pattern;
use super::super::list::List;
use super::super::tree::{Atom, Comparison, Literal, Matching, Node, Operand, Origin, Source as Read, Text};
use super::*;

const TEXTS: [&str; 12] = ["", "a", "A", "b", "ä", "A\u{308}", "ß", "ss", "ab", "it's", "50%", "ab_%"];
const INTS: [i64; 6] = [-1, 0, 1, 9_007_199_254_740_993, i64::MAX, i64::MIN];
const REALS: [f64; 6] = [-1.0, 0.5, 1.0, 9_007_199_254_740_992.0, 9_223_372_036_854_775_808.0, 1e300];
const DAYS: [&str; 4] = ["2025-12-01", "2026-02-28", "2026-03-01", "2026-03-02"];
const MOMENTS: [&str; 3] = ["2026-03-01T00:00:00Z", "2026-03-01T08:15:00.250Z", "2025-12-01T23:59:59Z"];

fn literal(kind: Kind) -> BoxedStrategy<Literal> {
    match kind {
        Kind::Text => prop::sample::select(&TEXTS[..]).prop_map(|text| Literal::Text(Text::new(text))).boxed(),
        Kind::Int => prop::sample::select(&INTS[..]).prop_map(Literal::Int).boxed(),
        Kind::Real => prop::sample::select(&REALS[..]).prop_map(Literal::Real).boxed(),
        Kind::Bool => any::<bool>().prop_map(Literal::Bool).boxed(),
        Kind::Date => prop::sample::select(&DAYS[..]).prop_map(|text| Literal::Date(day(text))).boxed(),
        Kind::Moment => prop::sample::select(&MOMENTS[..]).prop_map(|text| Literal::Moment(text.parse().unwrap())).boxed(),
    }
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    literal(kind)
        .prop_map(|literal| match literal {
            Literal::Bool(value) => Value::Bool(value),
            Literal::Int(value) => Value::Int(value),
            Literal::Real(value) => Value::Real(value),
            Literal::Text(text) => Value::Text(text.raw),
            Literal::Date(day) => Value::Date(day),
            Literal::Moment(moment) => Value::Moment(moment),
        })
        .boxed()
}

/// Everything that can be read, of one kind or all, of one value or many.
fn source(kind: Option<Kind>, many: bool) -> BoxedStrategy<Read> {
    let fields = (0..).zip(FIELDS).map(|(number, (name, kind, many))| (Origin::Field(FieldId(number)), name.to_owned(), Type { kind, many }));
    let built_in = Person::BUILT_IN.map(|(name, ty)| (Origin::User, name.to_owned(), ty));
    let columns = user_columns().into_iter().map(|(name, kind)| (Origin::User, name, Type { kind, many: false }));
    let fits = |ty: Type| ty.many == many && kind.is_none_or(|kind| kind == ty.kind);
    let all: Vec<_> = fields.chain(built_in).chain(columns).filter(|(.., ty)| fits(*ty)).collect();
    prop::sample::select(all).prop_map(|(origin, name, ty)| Read { origin, name: name.into(), ty }).boxed()
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(&[Kind::Text, Kind::Int, Kind::Real, Kind::Bool, Kind::Date, Kind::Moment][..])
}

/// A kind that can be compared with this one, when it is given by a literal.
fn partner(kind: Kind) -> BoxedStrategy<Kind> {
    match kind {
        Kind::Int | Kind::Real => prop::sample::select(&[Kind::Int, Kind::Real][..]).boxed(),
        other => Just(other).boxed(),
    }
}

/// A value that is read, so that it gives what it is compared with its kind.
fn left(kind: Kind) -> BoxedStrategy<Operand> {
    let read = source(Some(kind), false).prop_map(Operand::Of);
    match kind {
        Kind::Int => prop_oneof![4 => read, 1 => source(None, true).prop_map(Operand::Count)].boxed(),
        Kind::Date => prop_oneof![4 => read, 1 => (-100..100_i32).prop_map(Operand::Today)].boxed(),
        Kind::Text | Kind::Real | Kind::Bool | Kind::Moment => read.boxed(),
    }
}

fn right(kind: Kind) -> BoxedStrategy<Operand> {
    let given = partner(kind).prop_flat_map(literal).prop_map(Operand::Literal);
    let today = matches!(kind, Kind::Date | Kind::Moment);
    let or_today =
        (given, -100..100_i32, any::<bool>()).prop_map(move |(given, days, use_today)| if today && use_today { Operand::Today(days) } else { given });
    prop_oneof![2 => or_today, 1 => left(kind)].boxed()
}

fn matching(kind: Kind) -> BoxedStrategy<Matching> {
    if kind == Kind::Text { prop_oneof![3 => Just(Matching::Folded), 1 => Just(Matching::Exact)].boxed() } else { Just(Matching::Folded).boxed() }
}

fn compare() -> impl Strategy<Value = Atom> {
    any_kind().prop_flat_map(|kind| {
        let all =
            [Comparison::Equal, Comparison::NotEqual, Comparison::Less, Comparison::LessOrEqual, Comparison::Greater, Comparison::GreaterOrEqual];
        let comparisons = if kind == Kind::Bool { all[..2].to_vec() } else { all.to_vec() };
        let parts = (left(kind), prop::sample::select(comparisons), right(kind), matching(kind), any::<bool>());
        parts.prop_map(|(left, comparison, right, matching, is_turned)| {
            let (left, right) = if is_turned { (right, left) } else { (left, right) };
            Atom::Compare { left, comparison, right, matching }
        })
    })
}

fn between() -> impl Strategy<Value = Atom> {
    any_kind().prop_filter("true and false have no order", |kind| *kind != Kind::Bool).prop_flat_map(|kind| {
        let parts = (left(kind), right(kind), right(kind), matching(kind));
        parts.prop_map(|(what, low, high, matching)| Atom::Between { what, low, high, matching })
    })
}

fn within() -> impl Strategy<Value = Atom> {
    any_kind().prop_flat_map(|kind| {
        let values = prop::collection::vec(partner(kind).prop_flat_map(literal), 1..6);
        (left(kind), values, any::<bool>(), matching(kind))
            .prop_map(|(what, values, has_null, matching)| Atom::In { what, list: List::new(values, has_null, matching) })
    })
}

fn like() -> impl Strategy<Value = Atom> {
    (left(Kind::Text), "([aAbäs_%]|!%|!_|!!){0,4}", any::<bool>(), matching(Kind::Text)).prop_map(|(what, pattern, is_escaped, matching)| {
        let pattern = if is_escaped { pattern } else { pattern.replace('!', "") };
        Atom::Like { what, pattern: Pattern::new(&pattern, is_escaped.then_some('!'), matching).unwrap() }
    })
}

fn member() -> impl Strategy<Value = Atom> {
    prop::sample::select(&[Kind::Text, Kind::Text, Kind::Int][..]).prop_flat_map(|kind| {
        (right(kind), source(Some(kind), true), matching(kind)).prop_map(|(what, set, matching)| Atom::Member { what, set, matching })
    })
}

fn atom() -> impl Strategy<Value = Atom> {
    prop_oneof![
        1 => any::<bool>().prop_map(Atom::Constant),
        2 => source(Some(Kind::Bool), false).prop_map(Atom::Holds),
        6 => compare(),
        3 => between(),
        4 => within(),
        4 => like(),
        2 => any::<bool>().prop_flat_map(|many| source(None, many)).prop_map(Atom::IsNull),
        4 => member(),
    ]
}

/// Joins as the parser does: parts of the same kind become parts of the whole.
fn join(parts: Vec<Node>, is_all: bool) -> Node {
    let mut joined = Vec::new();
    for part in parts {
        match (part, is_all) {
            (Node::All(inner), true) | (Node::Any(inner), false) => joined.extend(inner),
            (other, _) => joined.push(other),
        }
    }
    if is_all { Node::All(joined) } else { Node::Any(joined) }
}

fn node() -> impl Strategy<Value = Node> {
    atom().prop_map(Node::Atom).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|node| Node::Not(Box::new(node))),
            2 => (prop::collection::vec(inner, 2..5), any::<bool>()).prop_map(|(parts, is_all)| join(parts, is_all)),
        ]
    })
}

fn row() -> impl Strategy<Value = Row> {
    FIELDS
        .map(|(name, kind, many)| {
            let one = if many { prop::collection::vec(value(kind), 0..3).prop_map(Value::List).boxed() } else { value(kind) };
            prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 4 => one.prop_map(Some)].prop_map(move |value| (name.to_owned(), value))
        })
        .to_vec()
        .prop_map(|fields| Row(fields.into_iter().collect()))
}

fn someone() -> impl Strategy<Value = Option<Person>> {
    let text = || prop::sample::select(&TEXTS[..]);
    let columns: Vec<_> = user_columns()
        .into_iter()
        .map(|(name, kind)| {
            let column = prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 4 => value(kind).prop_map(Some)];
            column.prop_map(move |value| (name.clone(), value))
        })
        .collect();
    let person =
        (text(), text(), prop::option::of(text()), prop::collection::vec(text(), 0..3), columns).prop_map(|(id, login, mail, keys, columns)| {
            Person {
                id: UserKey::new(id),
                login: login.to_owned(),
                mail: mail.map(str::to_owned),
                groups: keys.iter().map(GroupKey::new).collect(),
                stands_for: keys.iter().map(UserKey::new).collect(),
                columns: columns.into_iter().collect(),
            }
        });
    prop_oneof![1 => Just(None), 5 => person.prop_map(Some)]
}

fn filter(root: Node) -> Filter {
    Filter { root }
}

#[test]
fn judging_agrees_with_the_slow_version() {
    let order = TextOrder::new("de").unwrap();
    let counts: [Cell<u32>; 3] = Default::default();
    let mut runner = TestRunner::new(ProptestConfig::with_cases(3_000));
    let outcome = runner.run(&(node(), row(), someone()), |(root, row, who)| {
        let at = Circumstances { who: who.as_ref(), today: day("2026-03-01"), text: &order };
        let expected = slow::judge(&root, &row, at);
        let count = &counts[expected as usize];
        count.set(count.get() + 1);
        prop_assert_eq!(filter(root.clone()).judge(&row, at), expected, "{}", root);
        Ok(())
    });
    outcome.unwrap();
    assert!(counts.iter().all(|count| count.get() > 300), "each truth must be met often: {counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(700))]

    #[test]
    fn printing_and_reading_gives_the_same(root in node()) {
        let printed = root.to_string();
        let read = parsed(&printed);
        prop_assert_eq!(&read.root, &root, "{}", printed);
        prop_assert_eq!(read.to_string(), printed);
    }

    #[test]
    fn two_nots_are_none_and_de_morgan_holds(parts in prop::collection::vec(node(), 2..4), row in row(), who in someone()) {
        let order = TextOrder::new("de").unwrap();
        let at = Circumstances { who: who.as_ref(), today: day("2026-03-01"), text: &order };
        let truth = |node: Node| filter(node).judge(&row, at);
        let not = |node: Node| Node::Not(Box::new(node));
        prop_assert_eq!(truth(not(not(parts[0].clone()))), truth(parts[0].clone()));
        let nots: Vec<_> = parts.iter().cloned().map(not).collect();
        prop_assert_eq!(truth(not(join(parts.clone(), true))), truth(join(nots.clone(), false)));
        prop_assert_eq!(truth(not(join(parts, false))), truth(join(nots, true)));
    }

    #[test]
    fn what_is_masked_tells_nothing(root in node(), row in row(), other in row()) {
        let order = TextOrder::new("de").unwrap();
        let at = Circumstances { who: None, today: day("2026-03-01"), text: &order };
        // The other record differs in fields that the filter does not touch, and those that it touches are masked in it.
        let touched: BTreeSet<_> = super::touched(&filter(root.clone())).into_iter().map(|field| FIELDS[usize::from(field.0)].0).collect();
        let mut untouched = row.clone();
        let mut masked = row.clone();
        for (name, value) in other.0 {
            if touched.contains(name.as_str()) {
                masked.0.insert(name, None);
            } else {
                untouched.0.insert(name, value);
            }
        }
        prop_assert_eq!(filter(root.clone()).judge(&row, at), filter(root.clone()).judge(&untouched, at));
        let mut constants_only = true;
        root.each_atom(&mut |atom| constants_only &= atom.sources().next().is_none());
        if let (Node::Atom(_), false) = (&root, constants_only) {
            prop_assert_eq!(filter(root).judge(&masked, at), Truth::Unknown);
        }
    }

    #[test]
    fn the_deciding_clauses_are_there(root in node(), row in row(), who in someone()) {
        let order = TextOrder::new("de").unwrap();
        let at = Circumstances { who: who.as_ref(), today: day("2026-03-01"), text: &order };
        let filter = filter(root);
        let clauses = filter.clauses(&row, at);
        prop_assert!(!clauses.is_empty());
        for clause in clauses {
            prop_assert_eq!(parsed(&clause.text).judge(&row, at), clause.truth);
            prop_assert!(clause.touches.is_subset(&super::touched(&filter)));
        }
    }
}
