//! What is understood, and how it is printed.

use super::*;

/// Checks what a text prints as, and that the print reads back as the same filter and prints the same.
fn prints(text: &str, expected: &str) {
    let filter = parsed(text);
    assert_eq!(filter.to_string(), expected, "printed from {text}");
    let again = parsed(expected);
    assert_eq!(again, filter);
    assert_eq!(again.to_string(), expected);
}

#[test]
fn the_example_of_the_manual() {
    let text = "city = 'Konstanz' AND (owner = user.id OR 'VIP' = ANY(categories)) AND last_activity >= today() - 90";
    prints(text, text);
    let filter = parsed(text);
    let names: Vec<_> = touched(&filter).into_iter().map(|field| FIELDS[usize::from(field.0)].0).collect();
    assert_eq!(names, ["city", "owner", "last_activity", "categories"]);
}

#[test]
fn each_condition_prints_in_one_way() {
    for text in [
        "city = 'Konstanz'",
        "city <> 'Sa''nta'",
        "größe < 5 AND größe >= -3",
        "score > 0.5",
        "score <= 3",
        "city IN ('Konstanz', 'Ulm', NULL)",
        "größe NOT IN (-1, 2.5)",
        "birthday BETWEEN '1980-01-01' AND today()",
        "city NOT BETWEEN 'A' AND 'M'",
        "name LIKE 'Mü%' AND name NOT LIKE '%50!%%' ESCAPE '!'",
        "name LIKE '''%' ESCAPE ''''",
        "city IS NULL OR categories IS NOT NULL",
        "'VIP' = ANY(categories)",
        "owner = ANY(user.stands_for) OR NOT 'g1' = ANY(user.groups)",
        "active AND NOT active",
        "TRUE OR FALSE",
        "active = TRUE",
        "city COLLATE binary = 'Konstanz'",
        "'VIP' COLLATE binary = ANY(categories)",
        "name COLLATE binary LIKE 'M%'",
        "cardinality(categories) = 0",
        "last_activity > '2026-01-31T08:00:00.250Z'",
        "date = today() + 7",
        "user.level > 2 AND user.is_boss",
        "NOT NOT active",
        "NOT (active AND city = 'Ulm')",
        "(active OR city = 'Ulm') AND TRUE",
        "active AND city = 'Ulm' OR TRUE",
    ] {
        let expected = text.replace("größe", "\"größe\"");
        prints(text, &expected);
    }
}

#[test]
fn other_spellings_print_the_same() {
    prints("City='Konstanz'and ACTIVE", "city = 'Konstanz' AND active");
    prints("city != 'x'", "city <> 'x'");
    prints("NOT city IN ('a')", "city NOT IN ('a')");
    prints("((a.city = 'a'))".replace("a.", "").as_str(), "city = 'a'");
    prints("(active AND city = 'a') AND active", "active AND city = 'a' AND active");
    prints("active OR (city = 'a' AND active)", "active OR city = 'a' AND active");
    prints("city = 'Konstanz' COLLATE BINARY", "city COLLATE binary = 'Konstanz'");
    prints("last_activity = '2026-01-31 08:00'", "last_activity = '2026-01-31T08:00:00Z'");
    prints("last_activity = '2026-01-31T01:00:00+01:00'", "last_activity = '2026-01-31'");
    prints("größe IN (NULL, 1_000, +5)", "\"größe\" IN (1000, 5, NULL)");
    prints("score = 1e3", "score = 1000.0");
    prints("score = -0.0", "score = 0.0");
    prints("today()-0 = date", "today() = date");
    prints("`city` = 'a'\n\tAND [city] = 'b'", "city = 'a' AND city = 'b'");
    prints("User.ID = owner", "user.id = owner");
    prints("'2026-01-01' BETWEEN '2025-01-01' AND birthday", "'2026-01-01' BETWEEN '2025-01-01' AND birthday");
}

#[test]
fn names_may_be_anything() {
    prints("\"Straße 1\" = 'x'", "\"Straße 1\" = 'x'");
    prints("\"Stra\u{df}e 1\" = 'x' AND GRÖSSE_IS_NOT = 'x'".replace("GRÖSSE_IS_NOT", "name").as_str(), "\"Straße 1\" = 'x' AND name = 'x'");
    prints("gro\u{308}ße = 1", "\"größe\" = 1");
    prints("GRÖßE = 1", "\"größe\" = 1");
    prints("date = '2026-01-01'", "date = '2026-01-01'");
    prints("\"like\" = 'x'", "\"like\" = 'x'");
}

#[test]
fn thousands_of_values_are_no_conditions() {
    let values: Vec<_> = (0..6_000).map(|number| number.to_string()).collect();
    let filter = parsed(&format!("größe IN ({})", values.join(", ")));
    let row = |number| Row::default().with("größe", Value::Int(number));
    let order = TextOrder::new("de").unwrap();
    let at = Circumstances { who: None, today: day("2026-03-01"), text: &order };
    for number in [0, 1, 2_999, 5_999] {
        assert_eq!(filter.judge(&row(number), at), Truth::True);
    }
    assert_eq!(filter.judge(&row(6_000), at), Truth::False);
}

#[test]
fn a_name_that_differs_by_case_only_must_be_quoted() {
    let mut fields = view().fields().to_vec();
    fields[1].name = "NAME".to_owned();
    let view = View::new("contacts", "de", view().parts().to_vec(), fields, Vec::new()).unwrap();
    let columns = BTreeMap::new();
    let names = Names { view: &view, user_columns: &columns, known: None };
    let error = Filter::parse("Name = 'x'", names).unwrap_err();
    assert_eq!(error.to_string(), "several fields are called `Name` but for case; write the exact name in double quotes at character 0");
    assert_eq!(Filter::parse("name = 'x'", names).unwrap().to_string(), "name = 'x'");
    assert_eq!(Filter::parse("NAME = 'x'", names).unwrap().to_string(), "\"NAME\" = 'x'");
    let known = FieldMask::collect(13, [FieldId(0)].into_iter());
    let names = Names { known: Some(&known), ..names };
    assert_eq!(Filter::parse("NAME = 'x'", names).unwrap().to_string(), "name = 'x'");
}
