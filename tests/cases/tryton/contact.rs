//! The contact that must stand in a mailbox, written anew from what the ORM read: a second, obvious version of the profile's mapping.

use serde_json::{Map, Value as Json, json};

const PHONES: [&str; 2] = ["mobilePhone", "businessPhones"];

/// How the numbers of contacts came out.
#[derive(Default)]
pub struct Numbers {
    /// In E.164, ready for caller ID.
    pub dialable: usize,
    /// As typed, because they cannot be dialled from abroad.
    pub as_typed: usize,
}

/// Compares a contact, from a mailbox or from a request, with what the ORM read. Gives what differs and the number of values compared.
pub fn differences(contact: &Map<String, Json>, reading: &Json, numbers: &mut Numbers) -> (Vec<String>, usize) {
    let given = filled(contact);
    let mut differing = phones(&given, reading, numbers);
    let expected = filled(&of(reading, &given));
    for name in given.keys().chain(expected.keys().filter(|name| !given.contains_key(*name))) {
        if !PHONES.contains(&name.as_str()) && given.get(name) != expected.get(name) {
            differing.push(format!("{name}: {:?}, and Tryton gives {:?}", given.get(name), expected.get(name)));
        }
    }
    (differing, given.len())
}

/// Only what has a value; our marker and other extended properties apart.
fn filled(contact: &Map<String, Json>) -> Map<String, Json> {
    let values = contact.iter().filter(|(name, _)| *name != "singleValueExtendedProperties").map(|(name, value)| match value {
        Json::Object(members) => (name.clone(), Json::Object(filled(members))),
        other => (name.clone(), other.clone()),
    });
    let is_empty = |value: &Json| value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
    values.filter(|(_, value)| !is_empty(value)).collect()
}

/// The contact without its phones. A contact without name or number of its own bears another property as its name.
fn of(reading: &Json, given: &Map<String, Json>) -> Map<String, Json> {
    let party = &reading["party"];
    let mut mails: Vec<String> = Vec::new();
    for mail in mechanisms(reading, &["email"]).filter(|mail| is_mail(mail)) {
        if !mails.iter().any(|before| before.to_lowercase() == mail.to_lowercase()) {
            mails.push(mail);
        }
    }
    mails.truncate(3);
    let first_phone = || given.get("mobilePhone").or_else(|| given.get("businessPhones")?.get(0)).and_then(Json::as_str).map(str::to_owned);
    let code = text(&party["code"]);
    let name = text(&party["name"]).or_else(|| code.clone()).or_else(|| mails.first().cloned()).or_else(first_phone);
    let name = name.unwrap_or_else(|| "(ohne Namen)".to_owned());
    let fax = mechanisms(reading, &["fax"]).next();
    let notes: Vec<String> = [code.map(|code| format!("Nummer {code}")), fax.map(|fax| format!("Fax {fax}"))].into_iter().flatten().collect();
    let chats = mechanisms(reading, &["skype", "sip", "irc", "jabber"]);
    let json = json!({
        "displayName": name,
        "fileAs": name,
        "emailAddresses": mails.iter().map(|mail| json!({ "address": mail, "name": name })).collect::<Vec<_>>(),
        "imAddresses": without_doubles(chats).into_iter().take(3).collect::<Vec<_>>(),
        "businessHomePage": mechanisms(reading, &["website"]).next(),
        "categories": categories(reading),
        "personalNotes": (!notes.is_empty()).then(|| notes.join("\n")),
        "businessAddress": address(&reading["addresses"][0]),
        "otherAddress": address(&reading["addresses"][1]),
    });
    json.as_object().unwrap().clone()
}

/// Whether mail can be sent there, as far as the invented parties go: no remark in words, and no part of the domain that begins or ends with a hyphen.
fn is_mail(text: &str) -> bool {
    let is_label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    text.split_once('@').is_some_and(|(_, domain)| domain.split('.').all(is_label)) && !text.contains(char::is_whitespace)
}

fn address(read: &Json) -> Json {
    json!({
        "street": text(&read["street"]),
        "city": text(&read["city"]),
        "state": text(&read["subdivision"]),
        "postalCode": text(&read["postal_code"]),
        "countryOrRegion": text(&read["country"]),
    })
}

/// The names of the categories by their paths; two of one name show once.
fn categories(reading: &Json) -> Vec<String> {
    let mut rows: Vec<(Option<String>, Option<String>)> =
        reading["categories"].as_array().unwrap().iter().map(|row| (text(&row["rec_name"]), text(&row["name"]))).collect();
    rows.sort();
    without_doubles(rows.into_iter().filter_map(|(_, name)| name))
}

fn without_doubles(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

/// The readable values of the contact mechanisms of some types, in Tryton's order.
fn mechanisms(reading: &Json, types: &[&str]) -> impl Iterator<Item = String> {
    let rows = reading["contact_mechanisms"].as_array().unwrap().iter();
    rows.filter(move |row| types.iter().any(|one| row["type"] == **one)).filter_map(|row| text(row.get("value")?))
}

/// A text as Exchange takes it: one line, trimmed, at most 255 characters; no long one here has characters that Exchange counts twice.
fn text(value: &Json) -> Option<String> {
    let lines: Vec<&str> = value.as_str()?.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = lines.join(" ");
    let line = if line.chars().count() <= 255 { line } else { format!("{}…", line.chars().take(254).collect::<String>().trim_end()) };
    (!line.is_empty()).then_some(line)
}

/// Checks the numbers: in Tryton's order, each in E.164 or as typed, none twice, one mobile and two others at most, and none left out without need.
fn phones(given: &Map<String, Json>, reading: &Json, numbers: &mut Numbers) -> Vec<String> {
    let mut differing = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for (property, kind, limit) in [("mobilePhone", "mobile", 1), ("businessPhones", "phone", 2)] {
        let values = match given.get(property) {
            None => Vec::new(),
            Some(Json::Array(values)) => values.iter().map(|value| value.as_str().unwrap().to_owned()).collect(),
            Some(value) => vec![value.as_str().unwrap().to_owned()],
        };
        let mut left = values.iter();
        let mut taken = 0;
        for typed in mechanisms(reading, &[kind]) {
            let forms = [dialled(&typed, home(reading)), typed];
            if taken == limit || forms.iter().any(|form| seen.contains(form)) {
                continue;
            }
            match left.next() {
                Some(value) if forms.contains(value) => {
                    if *value == forms[0] {
                        numbers.dialable += 1
                    } else {
                        numbers.as_typed += 1
                    }
                    seen.push(value.clone());
                    taken += 1;
                }
                value => differing.push(format!("{property}: {value:?} where one of {forms:?} is due")),
            }
        }
        differing.extend(left.map(|value| format!("{property}: {value} is too much")));
    }
    differing
}

/// The calling code of the first address's country, Germany's without one.
fn home(reading: &Json) -> &'static str {
    match reading["addresses"][0]["country"].as_str() {
        None | Some("DE") => "49",
        Some("AT") => "43",
        Some("CH") => "41",
        Some("LI") => "423",
        Some(other) => panic!("the test does not know the country {other}"),
    }
}

/// A number as typed, in E.164 by the plainest of rules.
pub fn dialled(typed: &str, home: &str) -> String {
    let typed = typed.replace("(0)", "");
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    match (typed.trim_start().starts_with('+'), digits.strip_prefix("00")) {
        (true, _) => format!("+{digits}"),
        (false, Some(international)) => format!("+{international}"),
        (false, None) => format!("+{home}{}", digits.trim_start_matches('0')),
    }
}

/// All numbers of a party as they would be dialled: what must not show when it is hidden.
pub fn dialled_all(reading: &Json) -> Vec<String> {
    mechanisms(reading, &["phone", "mobile", "fax"]).map(|typed| dialled(&typed, home(reading))).collect()
}
