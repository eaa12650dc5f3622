//! What holds for every document.

use jsonpath_rust::JsonPath;

use super::expression::Expression;
use super::*;

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => "\\PC{0,12}".prop_map(Json::from),
        2 => "[+0(][0-9 ()/.-]{4,18}( (DW|ext\\.|x) ?[0-9]{1,4})?".prop_map(Json::from),
        1 => "[a-z.@<>;,\u{0}\n]{0,20}".prop_map(Json::from),
        1 => "[a-z]{1,8}@[a-z]{1,8}\\.example".prop_map(Json::from),
        1 => "(DE|Österreich|Schweiz|Atlantis|IT|office|home|mobile|desk)".prop_map(Json::from),
        1 => "(18|19|20)[0-9]{2}-[0-1][0-9]-[0-3][0-9]".prop_map(Json::from),
        1 => "(ü|x|👩‍👧|\n){200,400}".prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
    ]
}

fn rows(columns: &'static [&'static str]) -> impl Strategy<Value = Json> {
    let row = prop::collection::btree_map(prop::sample::select(columns), scalar(), 0..=columns.len());
    prop::collection::vec(row.prop_map(|row| json!(row)), 0..6).prop_map(Json::from)
}

/// Documents as projections give them, and some that they never give.
fn document() -> impl Strategy<Value = Json> {
    let fields = prop::sample::select(vec![
        "full_name",
        "Vorname",
        "Nachname",
        "Firma",
        "birthday",
        "notes",
        "page",
        "Kundennr. intern",
        "Kategorien",
        "secret",
    ]);
    let value = prop_oneof![6 => scalar(), 1 => prop::collection::vec(scalar(), 0..5).prop_map(Json::from), 1 => Just(json!({ "a": [[1]] }))];
    let phone = prop_oneof![9 => rows(&["kind", "number"]), 1 => scalar()];
    (
        prop::collection::btree_map(fields, value, 0..10),
        phone,
        rows(&["address"]),
        rows(&["street", "house_number", "city", "postal_code", "country"]),
    )
        .prop_map(|(mut document, phone, mail, address)| {
            document.extend([("phone", phone), ("mail", mail), ("address", address)]);
            json!(document)
        })
}

fn units(value: &Json) -> usize {
    value.as_str().map_or(0, |text| text.encode_utf16().count())
}

fn is_within_limits(property: Property, value: &Json) -> bool {
    let list = |most: usize, fits: &dyn Fn(&Json) -> bool| value.as_array().is_some_and(|items| items.len() <= most && items.iter().all(fits));
    let is_line = |value: &Json| {
        value.as_str().is_some_and(|text| !text.is_empty() && text.trim() == text && !text.contains(|one: char| one.is_control()))
            && units(value) <= 255
    };
    let is_line_or_null = |value: &Json| value.is_null() || is_line(value);
    match property.shape() {
        Shape::Line | Shape::Phone => is_line_or_null(value),
        Shape::Day => value.is_null() || value.as_str().is_some_and(|day| day.len() == 20 && day.ends_with("T12:00:00Z")),
        Shape::Note => value.is_null() || value.as_str().is_some_and(|text| !text.is_empty() && text.len() <= 32_000 && !text.contains('\0')),
        Shape::Lines => list(100, &is_line),
        Shape::Phones => list(2, &is_line),
        Shape::Mails => list(3, &|mail| is_line(&mail["address"]) && is_line(&mail["name"]) && mail.as_object().is_some_and(|mail| mail.len() == 2)),
        Shape::Address => {
            value.is_null()
                || value
                    .as_object()
                    .is_some_and(|address| address.len() == 5 && address.values().all(is_line_or_null) && !address.values().all(Json::is_null))
        }
    }
}

/// `known` and every character of the texts in `value`, its numbers included.
fn characters(value: &Json, mut known: BTreeSet<char>) -> BTreeSet<char> {
    match value {
        Json::String(text) => known.extend(text.chars()),
        Json::Number(number) => known.extend(number.to_string().chars()),
        Json::Array(items) => known = items.iter().fold(known, |known, item| characters(item, known)),
        Json::Object(members) => known = members.values().fold(known, |known, member| characters(member, known)),
        Json::Null | Json::Bool(_) => {}
    }
    known
}

/// The properties that may change with an input although it is not among theirs: names, mails that carry the name, phones that share numbers.
fn is_shared(property: Property) -> bool {
    matches!(property.shape(), Shape::Phone | Shape::Phones | Shape::Mails) || matches!(property, Property::DisplayName | Property::FileAs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_contact_is_within_graphs_limits(document in document()) {
        let mapping = mapping();
        let filled = mapping.fill(&document);
        prop_assert_eq!(filled.values().keys().copied().collect::<Properties>(), mapping.properties());
        for (property, value) in filled.values() {
            prop_assert!(is_within_limits(*property, value), "{property}: {value}");
        }
        prop_assert!(filled.fills(Property::DisplayName) && filled.fills(Property::FileAs));
        prop_assert_eq!(&mapping.fill(&document), &filled);
    }

    /// A field or part that a viewer may not read is absent: nothing but what is made of it changes.
    #[test]
    fn what_is_absent_changes_only_its_own(document in document(), root in prop::sample::select(vec!["full_name", "Firma", "notes", "phone", "mail", "address", "Kategorien", "secret"])) {
        let (mapping, view) = (mapping(), view());
        let mut without = document.clone();
        without.as_object_mut().unwrap().remove(root);
        let (before, after) = (mapping.fill(&document), mapping.fill(&without));
        let is_of_root = |input: &Input| match input {
            Input::Field(field) => view.field_named(root) == Some(*field),
            Input::Column(part, _) => view.part_named(root) == Some(*part),
        };
        for property in mapping.properties() {
            let is_own = mapping.inputs(property).iter().any(is_of_root);
            let may_change = is_own || (is_shared(property) && root != "secret");
            if !may_change {
                prop_assert_eq!(before.values().get(&property), after.values().get(&property), "{}", property);
            }
        }
    }

    /// Every character of a contact comes from the document, from the mapping, or from the form of days and mails.
    #[test]
    fn nothing_is_made_up(document in document()) {
        let known = characters(&document, "(ohne Namen), CRM Kundennr. \n…+0123456789-T:Z".chars().collect());
        for (property, value) in mapping().fill(&document).values() {
            prop_assert!(characters(value, BTreeSet::new()).is_subset(&known), "{property}: {value}");
        }
    }

    /// The evaluation of common expressions is the library's.
    #[test]
    fn own_steps_select_what_the_library_selects(document in document(), path in prop::sample::select(vec![
        "$.full_name", "$['Kundennr. intern']", "$.phone[*].number", "$.phone[0].number", "$.phone[-1].number", "$.phone[?@.kind == 'mobile'].number",
        "$.phone[?@.kind == 'office' || @.kind == \"home\"].number", "$.phone[?('desk' == @['kind'])].number", "$.Kategorien[*]", "$.Kategorien[-2]", "$.Kategorien",
        "$.phone[?@.kind != 'mobile'].number", "$.phone[1:3].number", "$.phone[0,2].number", "$.phone[?@.kind && @.number].number",
    ])) {
        let expression = Expression::new(path, "title", &view()).unwrap();
        let expected = document.query(path).unwrap();
        prop_assert_eq!(expression.select(&document), expected);
    }
}
