//! Random filters, well typed, often about what orders the records, and often near the values that records have.

use adressbote_rules::value::{Kind, Value};

use super::shape::FIELDS;
use super::tree::{Atom, Comparison, Operand, Source, Tree};
use super::values;
use crate::seed::Draw;

/// The user's own columns.
pub const USER_COLUMNS: [(&str, Kind); 2] = [("region", Kind::Text), ("level", Kind::Int)];

/// A filter. Most admit a good part of the records.
pub fn wish(draw: &mut Draw<'_>) -> Tree {
    tree(draw, 3, true)
}

/// A filter over records alone, without `user.*`.
pub fn wish_of_nobody(draw: &mut Draw<'_>) -> Tree {
    tree(draw, 2, false)
}

/// One of the names.
fn name(draw: &mut Draw<'_>, names: &[&'static str]) -> &'static str {
    let &name = draw.of(names);
    name
}

fn tree(draw: &mut Draw<'_>, depth: usize, knows_user: bool) -> Tree {
    let few = |draw: &mut Draw<'_>| (0..draw.between(2, 3)).map(|_| tree(draw, depth - 1, knows_user)).collect();
    match draw.below(if depth == 0 { 6 } else { 12 }) {
        6 | 7 => Tree::All(few(draw)),
        8..=10 => Tree::Any(few(draw)),
        11 => Tree::Not(Box::new(tree(draw, depth - 1, knows_user))),
        _ => Tree::Atom(atom(draw, knows_user)),
    }
}

fn atom(draw: &mut Draw<'_>, knows_user: bool) -> Atom {
    match draw.below(24) {
        0..=2 => Atom::Compare {
            left: field(draw, "city"),
            comparison: Comparison::GreaterOrEqual,
            right: literal(draw, Kind::Text, "city"),
            is_exact: false,
        },
        3..=5 => Atom::Compare { left: field(draw, "name"), comparison: Comparison::Less, right: literal(draw, Kind::Text, "name"), is_exact: false },
        6..=9 => compare(draw, knows_user),
        10 | 11 => between(draw),
        12 | 13 => within(draw),
        14 | 15 => Atom::Like { what: Source::Field(name(draw, &["city", "name", "note", "mobile", "employer"])), pattern: pattern(draw) },
        16 | 17 => is_null(draw, knows_user),
        18..=20 => member(draw, knows_user),
        21 => Atom::Compare {
            left: Operand::Count(Source::Field(name(draw, &["phones", "tags"]))),
            comparison: comparison(draw),
            right: Operand::Literal(Value::Int(i64::try_from(draw.below(3)).unwrap())),
            is_exact: false,
        },
        22 => Atom::Holds(Source::Field("vip")),
        _ => Atom::Constant(!draw.chance(30)),
    }
}

fn field(_: &mut Draw<'_>, name: &'static str) -> Operand {
    Operand::Of(Source::Field(name))
}

fn comparison(draw: &mut Draw<'_>) -> Comparison {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    *draw.of(&[Equal, NotEqual, GreaterOrEqual, LessOrEqual, Less, Greater])
}

/// A field that holds one value.
fn single(draw: &mut Draw<'_>) -> (&'static str, Kind) {
    let singles: Vec<_> = FIELDS.iter().filter(|(_, _, many)| !many).collect();
    let (name, kind, _) = draw.of(&singles);
    (name, *kind)
}

fn compare(draw: &mut Draw<'_>, knows_user: bool) -> Atom {
    let (name, kind) = single(draw);
    let comparison = match comparison(draw) {
        Comparison::Less | Comparison::LessOrEqual if kind == Kind::Bool => Comparison::Equal,
        Comparison::Greater | Comparison::GreaterOrEqual if kind == Kind::Bool => Comparison::NotEqual,
        other => other,
    };
    let user = match kind {
        Kind::Text => Some(if name == "owner" { *draw.of(&["id", "id", "login"]) } else { *draw.of(&["region", "region", "login", "mail"]) }),
        Kind::Int | Kind::Real => Some("level"),
        Kind::Bool | Kind::Date | Kind::Moment => None,
    };
    let right = match user.filter(|_| knows_user && draw.chance(35)) {
        Some(column) => Operand::Of(Source::User(column)),
        None => literal(draw, kind, name),
    };
    Atom::Compare { left: Operand::Of(Source::Field(name)), comparison, right, is_exact: kind == Kind::Text && draw.chance(20) }
}

fn between(draw: &mut Draw<'_>) -> Atom {
    let (name, kind) = *draw.of(&[
        ("city", Kind::Text),
        ("name", Kind::Text),
        ("Größe", Kind::Int),
        ("rate", Kind::Real),
        ("born", Kind::Date),
        ("touched", Kind::Moment),
    ]);
    Atom::Between { what: Operand::Of(Source::Field(name)), low: literal(draw, kind, name), high: literal(draw, kind, name) }
}

fn within(draw: &mut Draw<'_>) -> Atom {
    let (name, kind) = *draw.of(&[("city", Kind::Text), ("sector", Kind::Text), ("Größe", Kind::Int), ("name", Kind::Text)]);
    let mut values: Vec<Value> = (0..draw.between(1, 4)).map(|_| values::of_field(draw, kind, name)).filter(|value| *value != Value::Null).collect();
    if values.is_empty() || draw.chance(10) {
        values.push(Value::Null);
    }
    Atom::In { what: Operand::Of(Source::Field(name)), values }
}

fn is_null(draw: &mut Draw<'_>, knows_user: bool) -> Atom {
    if knows_user && draw.chance(15) {
        return Atom::IsNull(Source::User(name(draw, &["mail", "region", "level", "groups"])));
    }
    Atom::IsNull(Source::Field(name(draw, &["city", "name", "note", "tags", "mobile", "employer", "born", "vip", "phones"])))
}

fn member(draw: &mut Draw<'_>, knows_user: bool) -> Atom {
    if knows_user && draw.chance(60) {
        let set = Source::User(name(draw, &["groups", "stands_for"]));
        let what = if set == Source::User("groups") && draw.chance(50) {
            Operand::Literal(Value::text(draw.of(&["g1", "g2", "g3", "g4"])))
        } else {
            Operand::Of(Source::Field("owner"))
        };
        return Atom::Member { what, set };
    }
    match draw.below(3) {
        0 => Atom::Member { what: literal(draw, Kind::Text, "tags"), set: Source::Field("tags") },
        1 => Atom::Member { what: literal(draw, Kind::Text, "phones"), set: Source::Field("phones") },
        _ => Atom::Member { what: Operand::Of(Source::Field("mobile")), set: Source::Field("phones") },
    }
}

/// A value such as the field's own, as written; never NULL.
fn literal(draw: &mut Draw<'_>, kind: Kind, name: &str) -> Operand {
    if matches!(kind, Kind::Date | Kind::Moment) && draw.chance(40) {
        return Operand::Today(i32::try_from(draw.below(9)).unwrap() - 4);
    }
    let value = match (kind, name) {
        (Kind::Real, _) if draw.chance(40) => Value::Int(i64::try_from(draw.below(4)).unwrap() - 1),
        (_, "tags") => Value::text(draw.of(&values::TAGS)),
        _ => values::of_field(draw, kind, name),
    };
    match value {
        Value::Null => Operand::Literal(values::plain(kind)),
        value => Operand::Literal(value),
    }
}

fn pattern(draw: &mut Draw<'_>) -> String {
    (*draw.of(&["%", "k%", "%l%", "_l%", "%ü%", "M%R", "%!%%", "K_ln", "%e", "%ss%", "%0_", "a\u{308}%"])).to_owned()
}
