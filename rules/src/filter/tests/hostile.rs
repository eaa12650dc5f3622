//! Input that was made to break something.

use proptest::prelude::*;

use super::*;

fn error(text: &str) -> String {
    parse(text).map_or_else(|error| error.message, |_| panic!("understood {} …", text.chars().take(60).collect::<String>()))
}

#[test]
fn length_terms_and_depth_are_bounded() {
    let ors = |count: usize| vec!["active"; count].join(" OR ");
    assert!(parse(&ors(1_000)).is_ok());
    assert!(error(&ors(1_001)).contains("more than 1000 conditions"));
    assert!(error(&ors(100_000)).contains("at most 65536"));
    let nested = |count: usize| format!("{}active{}", "(".repeat(count), ")".repeat(count));
    assert!(parse(&nested(50)).is_ok());
    assert!(error(&nested(51)).contains("more than 50"));
    assert!(error(&nested(30_000)).contains("more than 50"));
    let nots = |count: usize| format!("{}active", "NOT ".repeat(count));
    assert!(parse(&nots(50)).is_ok());
    assert!(error(&nots(51)).contains("more than 50"));
    assert!(error(&nots(16_000)).contains("more than 50"));
    let both = |count: usize| format!("{}active{}", "NOT (".repeat(count), ")".repeat(count));
    assert!(parse(&both(25)).is_ok());
    assert!(error(&both(26)).contains("more than 50"));
    let betweens = vec!["größe BETWEEN 1 AND 2"; 1_000].join(" AND ");
    assert!(parse(&betweens).is_ok());
}

#[test]
fn the_deepest_of_everything_is_understood_and_printed() {
    let deep = (0..24).fold("city IN ('a', 'b')".to_owned(), |inner, _| format!("(active OR NOT ({inner} AND active))"));
    assert!(error(&deep).contains("more than 50"));
    let deep = (0..16).fold("city IN ('a', 'b')".to_owned(), |inner, _| format!("(active OR NOT ({inner} AND active))"));
    let filter = parsed(&deep);
    assert_eq!(parsed(&filter.to_string()), filter);
    judged(&deep, &Row::default());
}

#[test]
fn long_chains_of_other_operators_are_refused() {
    for (first, repeated) in [
        ("active", " = active"),
        ("city", " COLLATE binary"),
        ("active", " IS NULL"),
        ("today()", " - 1"),
        ("1 =", " -"),
        ("größe BETWEEN 1", " AND NOT größe BETWEEN 1"),
        ("city", ".city"),
        ("city LIKE 'x'", " ESCAPE 'x'"),
        ("city = ANY", "(city = ANY"),
        ("city IN ", "(city IN "),
        ("", "today("),
        ("", "cardinality("),
        ("", "NOT(("),
        ("", "NOT active = ("),
        ("", "- ("),
        ("", "city = 'x' AND ("),
        ("city = ", "'x' "),
    ] {
        for count in [10, 40, 3_000] {
            assert!(parse(&format!("{first}{}", repeated.repeat(count))).is_err(), "{first}{repeated} × {count}");
        }
    }
}

#[test]
fn a_long_tree_that_is_given_up_is_dropped_without_harm() {
    let refused_by_the_parser = "active AND ".repeat(999) + "city COLLATE binary COLLATE binary = 'x'";
    assert_eq!(error(&refused_by_the_parser), "expected AND, OR or the end");
    let refused_by_its_kinds = "active AND ".repeat(999) + "city = 5";
    assert!(error(&refused_by_its_kinds).contains("cannot be compared"));
}

#[test]
fn what_grows_beyond_the_limit_when_printed_is_refused() {
    let text = format!("größe IN (1{})", ",1".repeat(31_000));
    assert!(text.len() < 64 * 1024);
    assert!(error(&text).contains("when it is printed"));
}

#[test]
fn odd_characters_are_refused_or_kept() {
    assert!(error("city = '\0'").contains("NUL"));
    assert!(parse("\u{feff}active").is_err());
    assert!(parse("city = '\u{202e}\r\n\u{1f980}'").is_ok());
    assert!(parse("city = 'x'\r\nAND active").is_ok());
}

#[test]
fn the_rest_of_sql_is_refused() {
    for text in ["city IS DISTINCT FROM name", "active UNION SELECT 1", "city AT TIME ZONE 'x'", "x -> y", "today(DISTINCT)"] {
        assert!(parse(text).is_err(), "{text}");
    }
    for text in [
        "'",
        "\"",
        "`",
        "[",
        "]",
        "{",
        "}",
        "\\",
        "@",
        "#",
        "$",
        "$$x$$",
        "&",
        "|",
        "~",
        "^",
        "%",
        "!",
        ":",
        "?",
        "E'\\'",
        "B'1'",
        "X'00'",
        "U&'x'",
        "q'[x]'",
        "/*",
        "--",
        "/**/",
        ".",
        "..",
        "1.",
        ".5",
        "1e",
        "0x1F",
        "1_",
        "user",
        "user.",
        "user.user",
        "ANY()",
        "city = ANY()",
        "IN",
        "NOT",
        "NOT = 5",
        "AND = OR",
        "CASE WHEN 1 THEN 2 END",
        "CAST(city AS int) = 1",
        "INTERVAL '1' DAY",
        "DATE '2026-01-01' = date",
        "ARRAY[1] = 1",
        "city = ANY(SELECT 1)",
        "city IN (SELECT 1)",
        "active FILTER (WHERE 1)",
        "today() OVER ()",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

const PIECES: [&str; 46] = [
    "city",
    "name",
    "größe",
    "score",
    "active",
    "birthday",
    "last_activity",
    "categories",
    "\"Straße 1\"",
    "user",
    ".",
    "id",
    "groups",
    "today",
    "(",
    ")",
    "(",
    ")",
    ",",
    "=",
    "<>",
    "<",
    ">=",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "LIKE",
    "ESCAPE",
    "IS",
    "NULL",
    "TRUE",
    "ANY",
    "COLLATE",
    "binary",
    "'x'",
    "'2026-01-01'",
    "5",
    "2.5",
    "-",
    "+",
    "cardinality",
    "date",
    "SELECT",
    "x",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_understood_or_refused_at_a_place_within_it(text in any::<String>()) {
        if let Err(error) = parse(&text) {
            prop_assert!(error.place <= text.chars().count());
        }
    }

    #[test]
    fn any_words_are_understood_or_refused(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..24)) {
        let text = pieces.join(" ");
        match parse(&text) {
            Err(error) => prop_assert!(error.place <= text.chars().count()),
            Ok(filter) => {
                prop_assert_eq!(&parsed(&filter.to_string()), &filter, "{}", filter);
                judged(&text, &Row::default());
            }
        }
    }
}
