//! What is no mapping, and what people are told.

use super::*;

fn refuse(change: impl FnOnce(&mut MappingDraft)) -> String {
    let mut draft = draft();
    change(&mut draft);
    Mapping::new(&draft, &view()).unwrap_err().to_string()
}

fn entry(name: &str, entry: Json) -> String {
    refuse(|draft| drop(draft.properties.insert(name.to_owned(), serde_json::from_value(entry).unwrap())))
}

fn path(path: &str) -> String {
    entry("title", json!({ "first": [path] }))
}

#[test]
fn unknown_names() {
    assert_eq!(entry("dispayName", json!({})), "the mapping fills `dispayName`, which is no property of a contact; did you mean `displayName`?");
    assert_eq!(entry("fax", json!({})), "the mapping fills `fax`, which is no property of a contact");
    assert_eq!(path("$.Nachnahme"), "`title`: `$.Nachnahme` reads `Nachnahme`, which view `Kontakte` does not have; did you mean `Nachname`?");
    assert_eq!(
        path("$.phones[*].number"),
        "`title`: `$.phones[*].number` reads `phones`, which view `Kontakte` does not have; did you mean `phone`?"
    );
    assert_eq!(path("$.phone[*].numbre"), "`title`: `$.phone[*].numbre` reads `numbre`, which part `phone` does not have; did you mean `number`?");
    assert_eq!(
        path("$.phone[?@.knd == 'x'].number"),
        "`title`: `$.phone[?@.knd == 'x'].number` reads `knd`, which part `phone` does not have; did you mean `kind`?"
    );
    assert_eq!(path("$.phone[?$.xyz].number"), "`title`: `$.phone[?$.xyz].number` reads `xyz`, which view `Kontakte` does not have");
    assert_eq!(path("$.phone[0]['number','fax']"), "`title`: `$.phone[0]['number','fax']` reads `fax`, which part `phone` does not have");
}

#[test]
fn paths_that_give_no_text() {
    assert_eq!(path("$.phone"), "`title`: `$.phone` gives whole rows of part `phone`; name a column, such as `$.phone[*].kind`");
    assert_eq!(path("$.phone[0]"), "`title`: `$.phone[0]` gives whole rows of part `phone`; name a column, such as `$.phone[*].kind`");
    assert_eq!(
        path("$.phone.number"),
        "`title`: `$.phone.number` takes `number` of all rows of part `phone` at once; write `$.phone[*].number` or `$.phone[0].number`"
    );
    assert_eq!(
        path("$.main.name"),
        "`title`: `$.main.name` reads part `main`, whose columns are seen through the view's fields only; name the field"
    );
    assert_eq!(path("$.Firma.name"), "`title`: `$.Firma.name` looks for `name` inside a value, which has no members");
    assert_eq!(
        path("$['Firma','phone']"),
        "`title`: `$['Firma','phone']` chooses things of different kinds in one `[..]`; write one expression for each"
    );
    assert!(path("$['phone','mail'][0].kind").contains("things of different kinds"));
    assert_eq!(path("$.Firma[0]"), "`title`: `$.Firma[0]` takes an element of a value, which is not multi-valued");
    for whole in ["$", "$.*", "$[0]", "$.phone[?@.number == $].number", "$.phone[?count($.*) > 1].number", "$.phone[?length($) > 1].number"] {
        assert_eq!(path(whole), format!("`title`: `{whole}` reads the whole record; name a field or part behind `$.`"));
    }
    assert_eq!(path("$..number"), "`title`: `$..number` searches the whole record; name a field or part behind `$.`");
    assert!(path("$.phone[").starts_with("`title`: `$.phone[` is no JSONPath (RFC 9535): expected "));
    assert!(path("phone").contains("at character 1"));
    assert!(path(&format!("$.phone[?{}@.kind{}]", "(".repeat(200), ")".repeat(200))).contains("nesting depth"));
}

#[test]
fn shapes_that_do_not_fit() {
    let one = json!({ "first": ["$.Firma"] });
    let all = json!({ "all": ["$.Firma"] });
    assert_eq!(
        entry("businessAddress", one.clone()),
        "`businessAddress`: is an address; fill its members: city, countryOrRegion, postalCode, state, street"
    );
    assert!(entry("businessAddress", json!({})).contains("is not filled; give it at least one of its members"));
    assert!(entry("businessAddress", json!({ "city": {} })).starts_with("`businessAddress.city`: is not filled"));
    assert!(entry("title", json!({ "city": one })).contains("is no address and has no members"));
    assert!(entry("title", all).contains("use `first` or `join` instead of `all`"));
    assert!(entry("businessPhones", json!({ "first": ["$.Firma"] })).contains("use `all` instead of `first`"));
    assert!(entry("title", json!({ "join": ["$.Firma"] })).contains("needs `join` and `with` together"));
    assert!(entry("title", json!({ "first": ["$.Firma"], "with": "," })).contains("needs `join` and `with` together"));
    assert!(entry("title", json!({ "first": ["$.Firma"], "text": ["x"] })).contains("filled in two ways"));
    assert!(entry("title", json!({})).contains("is not filled"));
    assert!(entry("title", json!({ "first": [] })).contains("empty list of expressions"));
    assert!(entry("categories", json!({ "text": [] })).contains("is not filled"));
    assert!(entry("title", json!({ "text": ["a", "b"] })).contains("takes exactly one"));
    assert!(entry("title", json!({ "text": ["a\nb"] })).contains("constant text"));
    assert!(entry("title", json!({ "lines": [{ "first": ["$.Firma"] }] })).contains("holds no lines"));
    assert!(entry("personalNotes", json!({ "lines": [{ "label": "\u{7}", "first": ["$.Firma"] }] })).contains("label"));
    assert!(entry("personalNotes", json!({ "lines": [] })).contains("has no lines"));
}

#[test]
fn the_whole_draft() {
    assert!(refuse(|draft| drop(draft.properties.remove("displayName"))).contains("does not fill `displayName`"));
    assert!(refuse(|draft| draft.default_country = "Deutschland".to_owned()).ends_with("did you mean `DE`?"));
    assert!(refuse(|draft| draft.default_country = "de".to_owned()).ends_with("did you mean `DE`?"));
    assert!(refuse(|draft| draft.default_country = "Q".to_owned()).contains("`Q` is no ISO 3166 code"));
    assert!(refuse(|draft| draft.country = Some(MemberDraft::default())).starts_with("`country`: is not filled"));
    let unknown_key = serde_json::from_value::<PropertyDraft>(json!({ "frist": ["$.Firma"] })).unwrap_err().to_string();
    assert!(unknown_key.contains("unknown field `frist`"), "{unknown_key}");
}

#[test]
fn a_property_is_lost_with_one_input_of_each_expression() {
    let (view, mapping) = (view(), mapping());
    let kept = |names: &[&str], property: Property| {
        mapping.is_empty_without(property, |input| match input {
            Input::Field(field) => names.contains(&view.field(*field).unwrap().name.as_str()),
            Input::Column(part, column) => names.contains(&view.column(*part, *column).unwrap().name.as_str()),
        })
    };
    assert!(kept(&["number"], Property::MobilePhone) && kept(&["kind"], Property::MobilePhone));
    assert!(!kept(&["country"], Property::MobilePhone));
    assert!(!kept(&["Vorname"], Property::FileAs) && kept(&["Vorname", "Nachname"], Property::FileAs));
    assert!(kept(&["city", "country", "postal_code", "house_number", "street"], Property::BusinessAddress));
    assert!(!kept(&["Kategorien"], Property::Categories), "a constant stays");
    assert!(!kept(&["full_name"], Property::JobTitle));
}

#[test]
fn inputs_are_what_is_read() {
    let (view, mapping) = (view(), mapping());
    let field = |name: &str| Input::Field(view.field_named(name).unwrap());
    let columns = |name: &str, columns: &[&str]| {
        let id = view.part_named(name).unwrap();
        columns.iter().map(|column| Input::Column(id, view.part(id).unwrap().column_named(column).unwrap())).collect::<Vec<_>>()
    };
    let inputs = |property| mapping.inputs(property).into_iter().collect::<Vec<_>>();
    assert_eq!(inputs(Property::FileAs), [field("Vorname"), field("Nachname")]);
    assert_eq!(inputs(Property::MobilePhone), [columns("phone", &["kind", "number"]), columns("address", &["country"])].concat());
    assert_eq!(inputs(Property::BusinessAddress), columns("address", &["street", "house_number", "city", "postal_code", "country"]));
    assert_eq!(inputs(Property::Categories), [field("Kategorien")]);
    assert_eq!(inputs(Property::PersonalNotes), [field("notes"), field("Kundennr. intern")]);
    assert_eq!(inputs(Property::JobTitle), []);
    let mut draft = draft();
    let title = json!({ "first": ["$.phone[?$.Firma == 'x' && search(@.number, $.notes)].number"] });
    draft.properties.insert("title".to_owned(), serde_json::from_value(title).unwrap());
    let mapping = Mapping::new(&draft, &view).unwrap();
    let read = [vec![field("Firma"), field("notes")], columns("phone", &["number"])].concat();
    assert_eq!(mapping.inputs(Property::Title).into_iter().collect::<Vec<_>>(), read);
}
