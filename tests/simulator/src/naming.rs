//! The names Exchange makes up when a body changes a name without saying how to show it.

use crate::property::Fields;

/// Properties from which `displayName`, `initials` and `fileAs` are made.
const NAME_PARTS: [&str; 6] = ["givenName", "middleName", "surname", "generation", "title", "companyName"];

/// Makes the generated names anew where the body touched a name and did not give them itself.
pub(crate) fn generate(fields: &mut Fields, named: &[String]) {
    if !named.iter().any(|name| NAME_PARTS.contains(&name.as_str())) && !named.is_empty() {
        return;
    }
    let is_given = |name: &str| named.iter().any(|n| n == name);
    let touches_person = named.iter().any(|n| n != "companyName" && NAME_PARTS.contains(&n.as_str()));
    if !is_given("displayName") && (touches_person || fields.text("displayName").is_empty()) {
        fields.set_text("displayName", display_name(fields));
    }
    if !is_given("initials") && touches_person {
        fields.set_text("initials", initials(fields));
    }
    if !is_given("fileAs") {
        fields.set_text("fileAs", file_as(fields));
    }
}

fn display_name(fields: &Fields) -> String {
    let person = joined(fields, &["givenName", "middleName", "surname", "generation"], " ");
    if person.is_empty() { fields.text("companyName").to_owned() } else { person }
}

fn file_as(fields: &Fields) -> String {
    let given = joined(fields, &["givenName", "middleName"], " ");
    let person = match (fields.text("surname"), given.as_str()) {
        ("", given) => given.to_owned(),
        (surname, "") => surname.to_owned(),
        (surname, given) => format!("{surname}, {given}"),
    };
    if person.is_empty() { fields.text("companyName").to_owned() } else { person }
}

fn initials(fields: &Fields) -> String {
    ["givenName", "middleName", "surname"]
        .iter()
        .filter_map(|name| fields.text(name).chars().next())
        .map(|first| format!("{}.", first.to_uppercase()))
        .collect()
}

fn joined(fields: &Fields, names: &[&str], between: &str) -> String {
    let parts: Vec<&str> = names.iter().map(|name| fields.text(name)).filter(|text| !text.is_empty()).collect();
    parts.join(between)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(fields: &mut Fields, body: serde_json::Value) {
        let named = fields.apply(body.as_object().unwrap()).unwrap();
        generate(fields, &named);
    }

    #[test]
    fn names_are_generated_when_they_are_not_sent() {
        let mut fields = Fields::default();
        written(&mut fields, json!({"givenName": "Garth", "surname": "Fort"}));
        assert_eq!((fields.text("displayName"), fields.text("fileAs"), fields.text("initials")), ("Garth Fort", "Fort, Garth", "G.F."));
    }

    #[test]
    fn a_patched_name_overwrites_a_display_name_that_is_not_sent_again() {
        let mut fields = Fields::default();
        written(&mut fields, json!({"givenName": "Garth", "surname": "Fort", "displayName": "Fort of the lake", "fileAs": "Lake"}));
        assert_eq!((fields.text("displayName"), fields.text("fileAs")), ("Fort of the lake", "Lake"));
        written(&mut fields, json!({"jobTitle": "Pilot"}));
        assert_eq!((fields.text("displayName"), fields.text("fileAs")), ("Fort of the lake", "Lake"));
        written(&mut fields, json!({"surname": "Forth"}));
        assert_eq!((fields.text("displayName"), fields.text("fileAs")), ("Garth Forth", "Forth, Garth"));
    }
}
