//! Text: equality, order, patterns.

use super::Truth::{False, True};
use super::*;

fn city(text: &str) -> Row {
    Row::default().text("city", text)
}

#[test]
fn spelling_and_case_do_not_matter() {
    for (written, stored) in
        [("MÜNCHEN", "München"), ("Mu\u{308}nchen", "München"), ("München", "mu\u{308}nchen"), ("STRAẞE", "Straße"), ("ΣΑΣ", "σας")]
    {
        for text in [
            format!("city = '{written}'"),
            format!("city IN ('x', '{written}')"),
            format!("city LIKE '{written}'"),
            format!("city BETWEEN '{written}' AND '{written}'"),
            format!("city <= '{written}' AND city >= '{written}' AND NOT city < '{written}' AND NOT city > '{written}'"),
        ] {
            assert_eq!(judged(&text, &city(stored)), True, "{text} of {stored}");
        }
        for text in [
            format!("city COLLATE binary = '{written}'"),
            format!("city COLLATE binary IN ('{written}')"),
            format!("city COLLATE binary LIKE '{written}'"),
        ] {
            assert_eq!(judged(&text, &city(stored)), False, "{text} of {stored}");
            assert_eq!(judged(&text, &city(written)), True, "{text} of {written}");
        }
    }
}

#[test]
fn folding_is_simple() {
    for (written, stored) in [("STRASSE", "Straße"), ("istanbul", "İstanbul"), ("fi", "ﬁ")] {
        assert_eq!(judged(&format!("city = '{written}' OR city IN ('{written}') OR city LIKE '{written}'"), &city(stored)), False);
    }
}

#[test]
fn order_is_that_of_the_locale() {
    assert_eq!(judged("city > 'Oetker' AND city < 'Zander'", &city("Öhler")), True);
    assert_eq!(judged("city COLLATE binary > 'Zander'", &city("Öhler")), True);
    assert_eq!(judged("city COLLATE binary BETWEEN 'a' AND 'b'", &city("B")), False);
    assert_eq!(judged("city BETWEEN 'a' AND 'b'", &city("B")), True);
    assert_eq!(judged("city < name", &city("Ähre").text("name", "Bär")), True);
}

#[test]
fn patterns() {
    for (pattern, stored, fits) in [
        ("", "", true),
        ("", "a", false),
        ("%", "", true),
        ("%%", "abc", true),
        ("_", "", false),
        ("_", "ü", true),
        ("_", "u\u{308}", true),
        ("__", "ü", false),
        ("m%er", "Müller", true),
        ("m_ller", "MU\u{308}LLER", true),
        ("%ab%abc", "ababxabc", true),
        ("%ab_", "abab", false),
        ("a%b%c", "aXXbYYbZZc", true),
        ("a%b%c", "aXXbYYbZZ", false),
        ("%ß%", "Straße", true),
        ("%ss%", "Straße", false),
        ("100\\%", "100\\ Prozent", true),
    ] {
        assert_eq!(judged(&format!("city LIKE '{pattern}'"), &city(stored)) == True, fits, "{pattern} of {stored}");
    }
    assert_eq!(judged("city LIKE '100!%' ESCAPE '!'", &city("100%")), True);
    assert_eq!(judged("city LIKE '100!%' ESCAPE '!'", &city("100 Prozent")), False);
    assert_eq!(judged("city LIKE 'a!!!__' ESCAPE '!'", &city("a!_x")), True);
    assert_eq!(judged("city LIKE '%%a_' ESCAPE '%'", &city("xab")), False);
    assert_eq!(judged("city LIKE 'aa' ESCAPE 'a'", &city("a")), True);
}

#[test]
fn a_hard_pattern_stays_cheap() {
    let pattern = "%a".repeat(499);
    let text = "A".repeat(20_000) + "b";
    assert_eq!(judged(&format!("city LIKE '{pattern}'"), &city(&text)), False);
    assert!(parse(&format!("city LIKE '{}'", "a".repeat(1_001))).is_err());
}
