use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::digest::DigestKey;
use crate::key::Source;
use crate::value::{Kind, Type};
use crate::view::{Column, ColumnId, Field, Formation, Part, PartId};

mod properties;
mod refusals;

fn column(part: &str, name: &str, kind: Kind) -> Column {
    Column { name: name.to_owned(), kind, sources: vec![Source::new(format!("{part}.{name}"))] }
}

fn part(name: &str, columns: &[&str]) -> Part {
    Part { name: name.to_owned(), columns: columns.iter().map(|one| column(name, one, Kind::Text)).collect(), order: vec![] }
}

fn field(name: &str, many: bool) -> Field {
    Field {
        name: name.to_owned(),
        ty: Type { kind: Kind::Text, many },
        formation: Formation::Column { part: PartId::MAIN, column: ColumnId(0) },
        sources: vec![Source::new(format!("main.{name}"))],
        sealed: false,
    }
}

/// A view as CRMs have them: some fields, one of them with many values, and three parts.
fn view() -> View {
    let parts = vec![
        part("main", &["name"]),
        part("phone", &["kind", "number"]),
        part("mail", &["address"]),
        part("address", &["street", "house_number", "city", "postal_code", "country"]),
    ];
    let fields = ["full_name", "Vorname", "Nachname", "Firma", "birthday", "notes", "page", "Kundennr. intern"];
    let fields = fields.iter().map(|name| field(name, false)).chain([field("Kategorien", true)]).collect();
    View::new("Kontakte", "de-u-co-phonebk", parts, fields, vec![]).unwrap()
}

fn draft() -> MappingDraft {
    serde_json::from_value(json!({
        "default_country": "DE",
        "country": { "first": ["$.address[0].country"] },
        "properties": {
            "displayName": { "first": ["$.full_name"] },
            "fileAs": { "join": ["$.Nachname", "$.Vorname"], "with": ", " },
            "givenName": { "first": ["$.Vorname"] },
            "surname": { "first": ["$.Nachname"] },
            "companyName": { "first": ["$.Firma"] },
            "mobilePhone": { "first": ["$.phone[?@.kind == 'mobile'].number"] },
            "businessPhones": { "all": ["$.phone[?@.kind == 'office' || @.kind == 'desk'].number"] },
            "homePhones": { "all": ["$.phone[?@.kind == 'home'].number"] },
            "emailAddresses": { "all": ["$.mail[*].address"] },
            "birthday": { "first": ["$.birthday"] },
            "categories": { "text": ["CRM"], "all": ["$.Kategorien"] },
            "businessHomePage": { "first": ["$.page"] },
            "personalNotes": { "lines": [{ "label": "Kundennr. ", "first": ["$['Kundennr. intern']"] }, { "first": ["$.notes"] }] },
            "businessAddress": {
                "street": { "join": ["$.address[0].street", "$.address[0].house_number"], "with": " " },
                "city": { "first": ["$.address[0].city"] },
                "postalCode": { "first": ["$.address[0].postal_code"] },
                "countryOrRegion": { "first": ["$.address[0].country"] }
            }
        }
    }))
    .unwrap()
}

fn mapping() -> Mapping {
    Mapping::new(&draft(), &view()).unwrap()
}

/// Fills a contact of a viewer who may read addresses.
fn fill(mut document: Json) -> Filled {
    document.as_object_mut().unwrap().entry("address").or_insert_with(|| json!([]));
    mapping().fill(&document)
}

fn get(filled: &Filled, property: Property) -> Json {
    filled.values().get(&property).cloned().unwrap()
}

fn misfits(filled: &Filled) -> Vec<(Property, What)> {
    filled.misfits().iter().map(|misfit| (misfit.property, misfit.what)).collect()
}

#[test]
fn a_whole_contact() {
    let filled = fill(json!({
        "full_name": "Dr. Anna Müller-Lüdenscheidt", "Vorname": "Anna", "Nachname": "Müller-Lüdenscheidt", "Firma": "Müller GmbH",
        "birthday": "1974-07-22", "notes": "Zeile 1\r\nZeile 2", "page": "www.mueller.example", "Kundennr. intern": 4711, "Kategorien": ["VIP", "CRM", "Messe"],
        "phone": [{ "kind": "office", "number": "07531 1234-0" }, { "kind": "mobile", "number": "0171 1234567" }, { "kind": "desk", "number": "+49 171 1234567" }],
        "mail": [{ "address": "anna@mueller.example" }, { "address": "Anna@Mueller.example" }],
        "address": [{ "street": "Seestraße", "house_number": 1, "city": "Konstanz", "postal_code": "78462", "country": "Deutschland" }]
    }));
    let expected = json!({
        "displayName": "Dr. Anna Müller-Lüdenscheidt",
        "fileAs": "Müller-Lüdenscheidt, Anna",
        "givenName": "Anna",
        "surname": "Müller-Lüdenscheidt",
        "companyName": "Müller GmbH",
        "mobilePhone": "+491711234567",
        "businessPhones": ["+49753112340"],
        "homePhones": [],
        "emailAddresses": [{ "address": "anna@mueller.example", "name": "Dr. Anna Müller-Lüdenscheidt" }],
        "birthday": "1974-07-22T12:00:00Z",
        "categories": ["CRM", "VIP", "Messe"],
        "businessHomePage": "www.mueller.example",
        "personalNotes": "Kundennr. 4711\nZeile 1\nZeile 2",
        "businessAddress": { "street": "Seestraße 1", "city": "Konstanz", "state": null, "postalCode": "78462", "countryOrRegion": "Deutschland" }
    });
    let contact: Json = filled.values().iter().map(|(property, value)| (property.name().to_owned(), value.clone())).collect();
    assert_eq!(contact, expected);
    assert_eq!(filled.misfits(), []);
    assert!(filled.fills(Property::MobilePhone) && !filled.fills(Property::HomePhones));
}

#[test]
fn an_empty_record_has_every_property() {
    let filled = fill(json!({}));
    assert_eq!(filled.values().keys().copied().collect::<Properties>(), mapping().properties());
    for (property, value) in filled.values() {
        match property {
            Property::DisplayName | Property::FileAs => assert_eq!(value, "(ohne Namen)"),
            Property::Categories => assert_eq!(*value, json!(["CRM"])),
            other => assert_eq!(*value, other.empty(), "{other}"),
        }
    }
    assert_eq!(misfits(&filled), [(Property::DisplayName, What::NoName)]);
}

#[test]
fn a_missing_name_is_made_of_what_can_be_read() {
    let all = json!({
        "full_name": " \n", "Vorname": "Anna", "Nachname": "Bach", "Firma": "Bach KG",
        "mail": [{ "address": "a@bach.example" }], "phone": [{ "kind": "office", "number": "07531 1234" }]
    });
    let name = |without: &[&str]| {
        let mut document = all.clone();
        without.iter().for_each(|field| drop(document.as_object_mut().unwrap().remove(*field)));
        let filled = fill(document);
        assert_eq!(misfits(&filled), [(Property::DisplayName, What::NoName)]);
        get(&filled, Property::DisplayName)
    };
    assert_eq!(name(&[]), "Bach, Anna");
    assert_eq!(name(&["Vorname"]), "Bach");
    assert_eq!(name(&["Vorname", "Nachname"]), "Bach KG");
    assert_eq!(name(&["Vorname", "Nachname", "Firma"]), "a@bach.example");
    assert_eq!(name(&["Vorname", "Nachname", "Firma", "mail"]), "+4975311234");
    assert_eq!(name(&["Vorname", "Nachname", "Firma", "mail", "phone"]), "(ohne Namen)");
}

#[test]
fn without_an_entry_file_as_is_the_display_name() {
    let mut draft = draft();
    draft.properties.remove("fileAs");
    let mapping = Mapping::new(&draft, &view()).unwrap();
    assert!(mapping.properties().contains(&Property::FileAs));
    assert_eq!(mapping.inputs(Property::FileAs), mapping.inputs(Property::DisplayName));
    let filled = mapping.fill(&json!({ "full_name": "Anna Bach" }));
    assert_eq!(get(&filled, Property::FileAs), "Anna Bach");
    assert_eq!(get(&mapping.fill(&json!({ "Vorname": "Anna", "Nachname": "Bach" })), Property::FileAs), "Anna Bach");
}

#[test]
fn limits_are_kept_and_reported() {
    let phone = |kind: &str, number: &str| json!({ "kind": kind, "number": number });
    let filled = fill(json!({
        "full_name": "x".repeat(300),
        "phone": [phone("office", "07531 1111"), phone("office", "07531/1111"), phone("office", "07531 2222"), phone("desk", "07531 3333"),
            phone("office", "07531 4444"), phone("home", "07531 1111"), phone("home", "intern 12")],
        "mail": (1..=5).map(|number| json!({ "address": format!("m{number}@firma.example") })).collect::<Vec<_>>(),
        "notes": "ü".repeat(20_000),
        "Kategorien": (1..=150).map(|number| number.to_string()).collect::<Vec<_>>(),
    }));
    assert_eq!(get(&filled, Property::BusinessPhones), json!(["+4975311111", "+4975312222"]));
    assert_eq!(get(&filled, Property::HomePhones), json!(["intern 12"]));
    assert_eq!(get(&filled, Property::EmailAddresses).as_array().unwrap().len(), 3);
    assert_eq!(get(&filled, Property::Categories).as_array().unwrap().len(), 100);
    assert_eq!(
        misfits(&filled),
        [
            (Property::DisplayName, What::TooLong { kept_chars: 254, of: 300 }),
            (Property::EmailAddresses, What::TooMany { kept: 3, dropped: 2 }),
            (Property::BusinessPhones, What::TooMany { kept: 2, dropped: 2 }),
            (Property::HomePhones, What::NotAPhone),
            (Property::PersonalNotes, What::TooLong { kept_chars: 15_998, of: 20_000 }),
            (Property::Categories, What::TooMany { kept: 100, dropped: 51 }),
        ]
    );
}

#[test]
fn odd_values_are_reported() {
    let filled = fill(json!({
        "full_name": "An\u{0}na", "Vorname": true, "Nachname": { "x": 1 }, "Firma": ["", null, "Zwei", "Drei"], "birthday": "22.7.1974", "page": "javascript:alert(1)",
        "mail": [{ "address": "kein mail" }, { "address": "a@firma.example" }],
        "phone": [{ "kind": "mobile", "number": "0171 1234567 ext. 5" }]
    }));
    assert_eq!(get(&filled, Property::DisplayName), "Anna");
    assert_eq!(get(&filled, Property::CompanyName), "Zwei");
    assert_eq!(get(&filled, Property::BusinessHomePage), Json::Null);
    assert_eq!(
        misfits(&filled),
        [
            (Property::DisplayName, What::ControlCharacters),
            (Property::FileAs, What::NotText),
            (Property::GivenName, What::NotText),
            (Property::Surname, What::NotText),
            (Property::BusinessHomePage, What::NotAPage),
            (Property::EmailAddresses, What::NotAMail),
            (Property::MobilePhone, What::ExtensionLeftOut),
            (Property::Birthday, What::NotADate),
        ]
    );
    assert_eq!(misfits(&fill(json!({ "full_name": "A", "birthday": "1900-01-01" }))), [(Property::Birthday, What::ImplausibleDate)]);
}

#[test]
fn numbers_belong_to_the_country_of_the_address() {
    let with = |country: Json, number: &str| {
        let filled = fill(json!({ "full_name": "A", "phone": [{ "kind": "mobile", "number": number }], "address": [{ "country": country }] }));
        (get(&filled, Property::MobilePhone), filled.misfits().first().map(|misfit| misfit.what))
    };
    assert_eq!(with(json!("Österreich"), "0664 1234567"), (json!("+436641234567"), None));
    assert_eq!(with(json!("CH"), "044 668 18 00"), (json!("+41446681800"), None));
    assert_eq!(with(json!(null), "0171 1234567"), (json!("+491711234567"), None));
    assert_eq!(with(json!("  "), "0171 1234567"), (json!("+491711234567"), None));
    assert_eq!(with(json!("Atlantis"), "0171 1234567"), (json!("0171 1234567"), Some(What::UnknownCountry)));
    assert_eq!(with(json!("Atlantis"), "+49 171 1234567"), (json!("+491711234567"), None));
}

#[test]
fn a_masked_country_is_not_guessed() {
    let phone = json!([{ "kind": "mobile", "number": "0664 1234567" }]);
    let mobile = |document: Json| {
        let filled = mapping().fill(&document);
        (get(&filled, Property::MobilePhone), filled.misfits().iter().any(|misfit| misfit.what == What::UnknownCountry))
    };
    let unknown = (json!("0664 1234567"), true);
    assert_eq!(mobile(json!({ "full_name": "A", "phone": phone })), unknown);
    assert_eq!(mobile(json!({ "full_name": "A", "phone": phone, "address": [{ "street": "Gasse" }] })), unknown);
    assert_eq!(mobile(json!({ "full_name": "A", "phone": phone, "address": [{ "country": null }] })), (json!("+496641234567"), false));
    assert_eq!(mobile(json!({ "full_name": "A", "phone": phone, "address": [] })), (json!("+496641234567"), false));
}

/// Each of these tests would hold of what is absent, and let through what it was to keep out.
#[test]
fn a_test_of_what_is_masked_gives_nothing() {
    let shown = |test: &str, document: &Json| {
        let mut draft = draft();
        let all = json!({ "all": [format!("$.phone[?{test}].number")] });
        draft.properties.insert("children".to_owned(), serde_json::from_value(all).unwrap());
        get(&Mapping::new(&draft, &view()).unwrap().fill(document), Property::Children)
    };
    let row = |kind: &str, number: &str| json!({ "kind": kind, "number": number });
    let readable = json!({ "Firma": "Bach", "phone": [row("private", "1"), row("office", "2")], "mail": [] });
    let masked = json!({ "phone": [{ "number": "1" }, { "number": "2" }] });
    for (test, expected) in [
        ("@.kind != 'private'", json!(["2"])),
        ("!(@.kind == 'private')", json!(["2"])),
        ("!@.kind || @.kind == 'office'", json!(["2"])),
        ("@.kind == $.Firma || @.kind == 'office'", json!(["2"])),
        ("count(@.kind) == 0 || @.kind == 'office'", json!(["2"])),
        ("count(@.*) == 1 || @.kind == 'office'", json!(["2"])),
        ("!$.Vorname || @.kind == 'office'", json!([])),
        ("!$.mail[0] && @.kind == 'office'", json!(["2"])),
        ("!$.Firma || @.kind == 'office'", json!(["2"])),
    ] {
        assert_eq!(shown(test, &readable), expected, "{test}");
        assert_eq!(shown(test, &masked), json!([]), "{test}");
    }
    for test in ["!$.Firma", "!$.mail[*]", "count($.mail) == 0", "count($.mail..address) == 0"] {
        assert_eq!(shown(test, &masked), json!([]), "{test}");
    }
}

#[test]
fn pages() {
    let page = |text: &str| get(&fill(json!({ "full_name": "A", "page": text })), Property::BusinessHomePage);
    for kept in ["https://firma.example/a?b=c:d", "HTTP://FIRMA.EXAMPLE", "firma.example", "firma.example:8080", "www.firma.example/a:b"] {
        assert_eq!(page(kept), kept);
    }
    for dropped in ["mailto:a@firma.example", "file:///etc/passwd", "data:text/html,x", " JavaScript:x"] {
        assert_eq!(page(dropped), Json::Null, "{dropped}");
    }
    assert_eq!(page(&format!("https://firma.example/{}", "a".repeat(300))), Json::Null);
}

#[test]
fn several_numbers_in_one_field() {
    let filled = fill(
        json!({ "full_name": "A", "phone": [{ "kind": "mobile", "number": "0171 1234567 / 0171 7654321" }, { "kind": "office", "number": "07531 1234; 07531 5678" }] }),
    );
    assert_eq!(get(&filled, Property::MobilePhone), "+491711234567");
    assert_eq!(get(&filled, Property::BusinessPhones), json!(["+4975311234", "+4975315678"]));
    assert_eq!(misfits(&filled), [(Property::MobilePhone, What::TooMany { kept: 1, dropped: 1 })]);
}

#[test]
fn digests_tell_contacts_apart() {
    let digest = |document: Json| fill(document).digest(&DigestKey::new([7; 32]));
    let one = digest(json!({ "full_name": "Anna", "Vorname": "A", "phone": [] }));
    assert_eq!(one, digest(json!({ "phone": [], "Vorname": " A ", "full_name": "Anna" })));
    assert_ne!(one, digest(json!({ "full_name": "Anna", "Nachname": "A", "phone": [] })));
    assert_ne!(one, fill(json!({ "full_name": "Anna", "Vorname": "A" })).digest(&DigestKey::new([8; 32])));
    // It is stored: a change of this value rewrites every contact of every installation.
    assert_eq!(one.to_string(), "94a712e357629be67161513d17014261");
}
