//! Whether a property in the mailbox still says what we sent, mindful of what Exchange itself changes.

use std::collections::BTreeSet;

use adressbote_rules::property::{Property, Shape};
use serde_json::Value;

/// The parts of an address.
const ADDRESS_PARTS: [&str; 5] = ["street", "city", "state", "countryOrRegion", "postalCode"];

/// Whether what was read differs from what was sent. Not counted: null, "" and [] are all empty; line ends and space around a
/// text; the names beside mail addresses and the case of these; empty parts of an address; a birthday's time of day; the order of categories.
pub fn differs(property: Property, sent: &Value, read: &Value) -> bool {
    match property.shape() {
        Shape::Line | Shape::Note | Shape::Phone => text(sent) != text(read),
        Shape::Lines if property == Property::Categories => {
            lines(sent).into_iter().collect::<BTreeSet<_>>() != lines(read).into_iter().collect::<BTreeSet<_>>()
        }
        Shape::Lines | Shape::Phones => lines(sent) != lines(read),
        Shape::Mails => mails(sent) != mails(read),
        Shape::Address => ADDRESS_PARTS.iter().any(|part| part_of(sent, part) != part_of(read, part)),
        Shape::Day => day(sent) != day(read),
    }
}

fn text(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default().replace("\r\n", "\n");
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn part_of(value: &Value, name: &str) -> String {
    value.get(name).map(text).unwrap_or_default()
}

fn lines(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(text).filter(|line| !line.is_empty()).collect()
}

fn mails(value: &Value) -> Vec<String> {
    let addresses = value.as_array().into_iter().flatten().map(|mail| part_of(mail, "address").to_lowercase());
    addresses.filter(|address| !address.is_empty()).collect()
}

fn day(value: &Value) -> Option<String> {
    text(value).get(..10).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_exchange_changes_by_itself_is_no_difference() {
        let same = [
            (Property::Surname, json!(null), json!("")),
            (Property::Surname, json!("Özdemir "), json!("Özdemir")),
            (Property::PersonalNotes, json!("a\nb"), json!("a\r\nb \r\n")),
            (Property::BusinessPhones, json!([]), json!(null)),
            (Property::Categories, json!(["CRM", "VIP"]), json!(["VIP", "CRM"])),
            (
                Property::EmailAddresses,
                json!([{ "address": "Ada@beispiel.example", "name": "Ada" }]),
                json!([{ "name": "ada@beispiel.example", "address": "ada@beispiel.example" }]),
            ),
            (Property::HomeAddress, json!(null), json!({})),
            (Property::HomeAddress, json!({ "city": "Konstanz", "street": "" }), json!({ "city": "Konstanz", "state": null })),
            (Property::Birthday, json!("1974-07-22T12:00:00Z"), json!("1974-07-22T11:59:00Z")),
            (Property::Birthday, json!("1974-07-22"), json!("1974-07-22T00:00:00Z")),
        ];
        for (property, sent, read) in same {
            assert!(!differs(property, &sent, &read) && !differs(property, &read, &sent), "{property}: {sent} {read}");
        }
    }

    #[test]
    fn what_a_user_changes_is_a_difference() {
        let different = [
            (Property::Surname, json!("Özdemir"), json!("Ozdemir")),
            (Property::Surname, json!("Özdemir"), json!(null)),
            (Property::PersonalNotes, json!("a\nb"), json!("a b")),
            (Property::BusinessPhones, json!(["+49 30 1"]), json!(["+49 30 1", "+49 30 2"])),
            (Property::BusinessPhones, json!(["1", "2"]), json!(["2", "1"])),
            (Property::Categories, json!(["CRM"]), json!(["CRM", "Rot"])),
            (Property::EmailAddresses, json!([{ "address": "a@x.example" }]), json!([{ "name": "a@x.example," }])),
            (Property::HomeAddress, json!({ "city": "Konstanz" }), json!(null)),
            (Property::HomeAddress, json!({ "city": "Konstanz" }), json!({ "city": "Konstanz", "postalCode": "78462" })),
            (Property::Birthday, json!("1974-07-22"), json!("1974-07-21T23:00:00Z")),
            (Property::Birthday, json!("1974-07-22"), json!(null)),
        ];
        for (property, sent, read) in different {
            assert!(differs(property, &sent, &read) && differs(property, &read, &sent), "{property}: {sent} {read}");
        }
    }
}
