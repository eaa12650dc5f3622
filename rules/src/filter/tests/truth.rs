//! Three-valued logic, with NULL and with what is masked.

use super::Truth::{False, True, Unknown};
use super::*;

/// `city` gives the truth of `city = 'x'`: true, false or unknown.
fn row_of(city: Truth, name: Truth) -> Row {
    let set = |row: Row, field: &str, truth| match truth {
        True => row.text(field, "x"),
        False => row.text(field, "y"),
        Unknown => row,
    };
    set(set(Row::default(), "city", city), "name", name)
}

#[test]
fn and_or_not_are_those_of_sql() {
    let truths = [True, False, Unknown];
    for (left, left_truth) in truths.into_iter().enumerate() {
        for (right, right_truth) in truths.into_iter().enumerate() {
            let row = row_of(left_truth, right_truth);
            let and = [[True, False, Unknown], [False, False, False], [Unknown, False, Unknown]][left][right];
            let or = [[True, True, True], [True, False, Unknown], [True, Unknown, Unknown]][left][right];
            assert_eq!(judged("city = 'x' AND name = 'x'", &row), and);
            assert_eq!(judged("city = 'x' OR name = 'x'", &row), or);
        }
        assert_eq!(judged("NOT city = 'x'", &row_of(left_truth, True)), [False, True, Unknown][left]);
    }
}

#[test]
fn what_touches_something_masked_is_unknown() {
    let fields = ["city", "größe", "active", "birthday", "last_activity", "categories"];
    let masked = fields.iter().fold(Row::default(), |row, field| row.masked(field));
    for text in [
        "city = 'x'",
        "city <> 'x'",
        "city = name",
        "city IN ('x')",
        "city NOT IN ('x')",
        "city LIKE '%'",
        "city IS NULL",
        "city IS NOT NULL",
        "größe BETWEEN 1 AND 2",
        "5 BETWEEN 9 AND größe",
        "5 BETWEEN größe AND 1",
        "active",
        "NOT active",
        "active = TRUE",
        "birthday < today()",
        "last_activity > '2026-01-01'",
        "'x' = ANY(categories)",
        "city = ANY(user.stands_for)",
        "categories IS NULL",
        "categories IS NOT NULL",
        "cardinality(categories) = 0",
        "NOT cardinality(categories) >= 0",
        "user.hired IS NULL",
        "user.hired <= today()",
    ] {
        assert_eq!(judged(text, &masked), Unknown, "{text}");
    }
    assert_eq!(judged("city = 'x' OR TRUE", &masked), True);
    assert_eq!(judged("city = 'x' AND FALSE", &masked), False);
}

#[test]
fn null_is_as_in_sql() {
    let row = Row::default();
    for text in
        ["city = 'x'", "city <> 'x'", "city IN ('x', NULL)", "city LIKE '%'", "active", "größe < 5", "user.mail = 'x'", "'x' = ANY(categories)"]
    {
        assert_eq!(judged(text, &row), Unknown, "{text}");
    }
    assert_eq!(judged("city IS NULL AND categories IS NULL AND user.mail IS NULL AND active IS NULL", &row), True);
    assert_eq!(judged("cardinality(categories) = 0", &row), Unknown);
    let row = row.text("city", "x").with("größe", Value::Int(5));
    assert_eq!(judged("city IN ('y', NULL)", &row), Unknown);
    assert_eq!(judged("city NOT IN ('y', NULL)", &row), Unknown);
    assert_eq!(judged("city IN ('x', NULL)", &row), True);
    assert_eq!(judged("city NOT IN ('x', NULL)", &row), False);
    assert_eq!(judged("größe BETWEEN 6 AND score", &row), False);
    assert_eq!(judged("größe BETWEEN 4 AND score", &row), Unknown);
}

#[test]
fn membership_knows_empty_sets() {
    let empty = Row::default().list("categories", &[]);
    assert_eq!(judged("'VIP' = ANY(categories)", &empty), False);
    assert_eq!(judged("city = ANY(categories)", &empty), False);
    assert_eq!(judged("cardinality(categories) = 0", &empty), True);
    assert_eq!(judged("categories IS NULL", &empty), False);
    let row = Row::default().list("categories", &["vip", "Presse"]);
    assert_eq!(judged("'VIP' = ANY(categories)", &row), True);
    assert_eq!(judged("'VIP' COLLATE binary = ANY(categories)", &row), False);
    assert_eq!(judged("'press' = ANY(categories)", &row), False);
    assert_eq!(judged("city = ANY(categories)", &row), Unknown);
    assert_eq!(judged("cardinality(categories) > 1", &row), True);
}

#[test]
fn the_user_is_the_one_evaluated() {
    let row = Row::default().text("owner", "7").text("city", "SÜD");
    assert_eq!(judged("owner = user.id", &row), True);
    assert_eq!(judged("city = user.region", &row), True);
    assert_eq!(judged("'ÄNNE' = user.login", &row), True);
    assert_eq!(judged("'g2' = ANY(user.groups) AND cardinality(user.groups) = 2", &row), True);
    assert_eq!(judged("owner = ANY(user.stands_for)", &row), False);
    assert_eq!(judged("user.level > 2 AND user.is_boss", &row), True);
    for text in ["owner = user.id", "owner = ANY(user.stands_for)", "user.is_boss", "user.mail IS NULL", "cardinality(user.groups) >= 0"] {
        assert_eq!(judged_for(text, &row, None), Unknown, "{text}");
    }
}

#[test]
fn numbers_are_compared_exactly() {
    let row = |number| Row::default().with("größe", Value::Int(number));
    let great = 9_007_199_254_740_993; // 2^53 + 1, which no f64 is
    assert_eq!(judged("größe = 9007199254740992.0", &row(great)), False);
    assert_eq!(judged("größe > 9007199254740992.0", &row(great)), True);
    assert_eq!(judged("größe < 1e300 AND größe > -1e300", &row(i64::MAX)), True);
    assert_eq!(judged("größe < 9223372036854775808.0", &row(i64::MAX)), True);
    assert_eq!(judged("größe = -9223372036854775808.0", &row(i64::MIN)), True);
    assert_eq!(judged("größe = -9223372036854775808", &row(i64::MIN)), True);
    assert_eq!(judged("größe > -1.5 AND größe < -0.5 AND größe IN (-1.0, 7)", &row(-1)), True);
    assert_eq!(judged("score IN (0.1, 3) AND score BETWEEN 3 AND 3.0", &Row::default().with("score", Value::Real(3.0))), True);
    assert_eq!(judged("5 = ANY(numbers)", &Row::default().with("numbers", Value::List(vec![Value::Int(4), Value::Int(5)]))), True);
}

#[test]
fn days_and_instants() {
    let row = Row::default().with("birthday", Value::Date(day("2025-12-01"))).with("last_activity", moment("2025-12-01T08:00:00Z"));
    assert_eq!(judged("birthday = today() - 90", &row), True);
    assert_eq!(judged("birthday < '2025-12-02' AND birthday >= '2025-12-01'", &row), True);
    assert_eq!(judged("birthday IN ('2025-12-01')", &row), True);
    assert_eq!(judged("last_activity > today() - 90", &row), True);
    assert_eq!(judged("last_activity <= '2025-12-01'", &row), False);
    assert_eq!(judged("last_activity = '2025-12-01T09:00:00+01:00'", &row), True);
    assert_eq!(judged("last_activity BETWEEN '2025-12-01' AND '2025-12-02'", &row), True);
    assert_eq!(judged("last_activity IN ('2025-12-01 08:00')", &row), True);
}

#[test]
fn a_value_of_another_kind_than_declared_is_unknown() {
    let row = Row::default().with("city", Value::Int(5)).text("categories", "x").text("größe", "x").list("name", &["x"]);
    for text in
        ["city = 'x'", "city IN ('x')", "city LIKE '%'", "'x' = ANY(categories)", "cardinality(categories) = 0", "größe IN (1, 2)", "name = 'x'"]
    {
        assert_eq!(judged(text, &row), Unknown, "{text}");
    }
}
