//! What is refused, where, and with which words.

use super::*;

fn refusal(text: &str) -> String {
    parse(text).map_or_else(|error| error.to_string(), |filter| panic!("understood {text} as {filter}"))
}

#[test]
fn each_refusal_names_the_place_and_what_was_expected() {
    for (text, expected) in [
        ("", "expected a condition, found the end at character 0"),
        ("city", "`city` (text) is no condition; expected a comparison with it, such as `= ..` or IS NOT NULL at character 0"),
        ("city =", "expected a field, a value or `(`, found the end at character 6"),
        ("city = 'x' AND", "expected a condition, found the end at character 14"),
        ("city = AND active", "expected a field, a value or `(`, found `AND` at character 7"),
        ("city 'x'", "expected a comparison, AND, OR or the end, found text in quotes at character 5"),
        ("(active", "this `(` is not closed at character 0"),
        ("active)", "this `)` closes nothing at character 6"),
        ("active ()", "there is no function `active`; expected today() or cardinality(..) at character 0"),
        ("()", "expected a value, found `)` at character 1"),
        ("city = 'x", "the text that begins here is not closed; a `'` is missing at character 7"),
        ("\"city = 'x'", "the name that begins here is not closed at character 0"),
        ("active;", "a filter is one condition, without `;` at character 6"),
        ("active -- yes", "a filter holds no comments at character 7"),
        ("active /* yes */", "a filter holds no comments at character 7"),
        ("city == 'x'", "`==` is written `=` at character 5"),
        ("city = ?", "a filter has no placeholders; write the value itself at character 7"),
        ("city = $1", "a filter has no placeholders; write the value itself at character 7"),
        ("größe * 2 = 4", "`*` is not possible: a filter compares, it does not calculate at character 6"),
        ("city::text = 'x'", "`::` is not part of the filter language at character 4"),
        ("city = N'x'", "text stands in single quotes, without a letter before them at character 7"),
        ("city = ‘x’", "typographic quotes mean nothing here; text stands in `'`, a name in `\"` at character 7"),
        ("active\u{a0}AND active", "there is a space of an unusual kind here; write a plain one at character 0"),
    ] {
        assert_eq!(refusal(text), expected, "for {text}");
    }
}

#[test]
fn what_sql_has_and_filters_have_not_is_refused() {
    for (text, expected) in [
        ("city = 'x' = TRUE", "a comparison cannot be compared; expected AND, OR or the end at character 11"),
        ("(city = 'x') IS NULL", "a comparison cannot be compared; expected AND, OR or the end at character 13"),
        ("(active AND active) = TRUE", "expected a field or a value here, found a condition at character 1"),
        ("city = (SELECT 1)", "a filter asks about one record; a subquery is not possible at character 8"),
        ("first name = 'x'", "expected a comparison, AND, OR or the end, found `name`; a name with spaces stands in double quotes at character 6"),
        ("EXISTS (active)", "there is no function `EXISTS`; expected today() or cardinality(..) at character 0"),
        ("upper(city) = 'X'", "there is no function `upper`; expected today() or cardinality(..) at character 0"),
        ("today(1) = date", "today() takes nothing between its parentheses at character 0"),
        ("city IN ()", "expected a value, found `)` at character 9"),
        ("city IN ('x', )", "expected a field, a value or `(`, found `)` at character 14"),
        ("(city, name) = 'x'", "a comma stands only between the values of IN (..) at character 5"),
        ("city IN 'x'", "expected `(`, found text in quotes at character 8"),
        ("city ILIKE 'x'", "expected a comparison, AND, OR or the end, found `ILIKE`; LIKE takes no notice of case already at character 5"),
        ("active IS TRUE", "expected NULL or NOT NULL, found `TRUE`; write the field by itself, or NOT before it at character 10"),
        ("city LIKE name", "expected text in single quotes, found `name` at character 10"),
    ] {
        assert_eq!(refusal(text), expected, "for {text}");
    }
}

#[test]
fn kinds_are_checked() {
    for (text, expected) in [
        ("city = 5", "a whole number cannot be compared with `city` (text); expected text such as 'Konstanz' at character 7"),
        ("5 = city", "a whole number cannot be compared with `city` (text); expected text such as 'Konstanz' at character 0"),
        ("größe = '5'", "text cannot be compared with `\"größe\"` (a whole number); expected a number such as 90 at character 8"),
        (
            "birthday = city",
            "`city` (text) cannot be compared with `birthday` (a day); expected a day such as '2026-01-31' or today() - 90 at character 11",
        ),
        ("birthday = '31.01.2026'", "this text is no day; expected one such as '2026-01-31' at character 11"),
        ("birthday = '2026-02-30'", "this text is no day; expected one such as '2026-01-31' at character 11"),
        ("birthday = '2026-1-1'", "this text is no day; expected one such as '2026-01-31' at character 11"),
        ("last_activity > 'gestern'", "this text is no instant; expected one such as '2026-01-31' or '2026-01-31T08:00:00Z' at character 16"),
        ("active < TRUE", "true or false has no order; expected `=` or `<>` at character 0"),
        ("active BETWEEN FALSE AND TRUE", "true or false has no order; expected `=` or `<>` at character 0"),
        ("city = NULL", "nothing can be compared with NULL; write IS NULL or IS NOT NULL at character 7"),
        ("NULL", "nothing can be compared with NULL; write IS NULL or IS NOT NULL at character 0"),
        ("größe = 99999999999999999999", "this number is too large; whole numbers have 64 bits at character 8"),
        ("score = 1e999", "this number is too large at character 8"),
        ("größe LIKE '5%'", "LIKE is for text; `\"größe\"` (a whole number) is none at character 0"),
        ("city LIKE 'x!' ESCAPE '!'", "after the escape character `%`, `_` or itself was expected at character 10"),
        ("city LIKE 'x' ESCAPE ''", "expected one character after ESCAPE at character 21"),
        ("city COLLATE german = 'x'", "the only collation that can be named is binary; without it the book's counts at character 13"),
        ("größe COLLATE binary = 5", "COLLATE is for text only at character 0"),
        ("birthday = '2026-01-31' COLLATE binary", "COLLATE is for text only at character 11"),
        ("größe - 5 = 0", "expected a comparison, AND, OR or the end (only today() can be calculated with), found `-` at character 6"),
        ("date > today() - 0.5", "a whole number of days was expected after today(), as in today() - 90, at most 1000000 at character 17"),
        ("date > today() + 1000001", "a whole number of days was expected after today(), as in today() - 90, at most 1000000 at character 17"),
        ("city IN ('x', user.id)", "`user.id` (text) is no value that can be listed; compare with it by `=` and join by OR at character 14"),
        ("city IN ('x', 5)", "a whole number cannot be compared with `city` (text); expected text such as 'Konstanz' at character 14"),
        (
            "birthday = last_activity",
            "`last_activity` (an instant) cannot be compared with `birthday` (a day); expected a day such as '2026-01-31' or today() - 90 at character 11",
        ),
    ] {
        assert_eq!(refusal(text), expected, "for {text}");
    }
}

#[test]
fn fields_of_many_values_are_asked_by_membership() {
    let many =
        "`categories` holds many values; expected one of them as in 'VIP' = ANY(categories), or their number as in cardinality(categories) > 0";
    assert_eq!(refusal("categories = 'VIP'"), format!("{many} at character 0"));
    assert_eq!(refusal("categories IN ('VIP', 'x')"), format!("{many} at character 0"));
    assert_eq!(refusal("categories LIKE 'V%'"), format!("{many} at character 0"));
    assert_eq!(
        refusal("'x' = ANY(city)"),
        "`city` holds one value; ANY and cardinality are for fields with many, compare this one by itself at character 10"
    );
    assert_eq!(
        refusal("5 = ANY(categories)"),
        "a whole number cannot be compared with `categories` (text); expected text such as 'Konstanz' at character 0"
    );
    assert!(refusal("'x' <> ANY(categories)").starts_with("only `= ANY(..)` is possible"));
    assert!(refusal("'x' = ALL(categories)").starts_with("there is no function `ALL`"));
    assert_eq!(refusal("cardinality(city) = 0"), refusal("'x' = ANY(city)").replace("10", "12"));
    assert_eq!(refusal("ANY(categories) = 'x'"), "expected a condition, found `ANY` at character 0");
}

#[test]
fn unknown_names_find_the_nearest() {
    for (text, expected) in [
        ("citty = 'x'", "no field is called `citty`; did you mean `city`? at character 0"),
        ("active AND\n  stadt = 'x'", "no field is called `stadt` at character 13"),
        ("strasse = 'x'", "no field is called `strasse` at character 0"),
        ("\"strasse 1\" = 'x'", "no field is called what stands here in double quotes; did you mean `\"Straße 1\"`? at character 0"),
        ("city = \"Konstanz\"", "no field is called what stands here in double quotes; text stands in single quotes at character 7"),
        ("\"CITY\" = 'x'", "no field is called what stands here in double quotes; did you mean `city`? at character 0"),
        ("user.grups = 'x'", "the user has no attribute `grups`; did you mean `user.groups`? at character 5"),
        ("user.shoe_size = 1", "the user has no attribute `shoe_size` at character 5"),
        ("company.city = 'x'", "only `user.` stands before a name; a field with a point in its name is written in double quotes at character 0"),
        ("user.a.b = 'x'", "only `user.` stands before a name; a field with a point in its name is written in double quotes at character 0"),
    ] {
        assert_eq!(refusal(text), expected, "for {text}");
    }
    let long = "x".repeat(200);
    assert_eq!(refusal(&format!("{long} = 'x'")), format!("no field is called `{}…` at character 0", "x".repeat(60)));
}

#[test]
fn what_the_asker_may_not_know_does_not_exist() {
    let all_but_city = FieldMask::collect(FIELDS.len(), (0..13).filter(|number| *number != 1).map(FieldId));
    for (hidden, absent) in [("city", "cyty"), ("CITY", "CYTY"), ("\"city\"", "\"cyty\""), ("\u{63}ity", "cyty")] {
        for (before, after) in [("", " = 'x'"), ("", " = 5"), ("active AND 'x' = ANY(", ")"), ("cardinality(", ") = 0"), ("", " IS NULL"), ("", "")] {
            let refused = |name: &str| parse_knowing(&format!("{before}{name}{after}"), Some(&all_but_city)).unwrap_err();
            let (hidden_error, absent_error) = (refused(hidden), refused(absent));
            assert_eq!(hidden_error.place, absent_error.place);
            assert_eq!(hidden_error.message.replace(hidden.trim_matches('"'), "…"), absent_error.message.replace(absent.trim_matches('"'), "…"));
        }
    }
    assert_eq!(parse_knowing("citty = 'x'", Some(&all_but_city)).unwrap_err().to_string(), "no field is called `citty` at character 0");
    assert!(parse_knowing("name = 'x'", Some(&all_but_city)).is_ok());
}
