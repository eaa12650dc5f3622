//! The directory a simulator has when it is given none: twelve invented people around a lake, two nested groups.

use crate::options::{NewGroup, NewUser};

const PEOPLE: [(&str, &str, &str, &str); 12] = [
    ("Anna", "Bühler", "Sales manager", "Sales"),
    ("Beat", "Zürcher", "Account manager", "Sales"),
    ("Clara", "von Hohenfels", "Account manager", "Sales"),
    ("Dénes", "Szabó", "Inside sales", "Sales"),
    ("Elif", "Yıldız", "Service manager", "Service"),
    ("Franz-Josef", "Maier", "Technician", "Service"),
    ("Greta", "Größl", "Technician", "Service"),
    ("Hanna", "Østergaard", "Dispatcher", "Service"),
    ("Ivo", "Keller", "Controller", "Finance"),
    ("Jana", "Müller-Lüdenscheidt", "Accountant", "Finance"),
    ("Karl", "Oberhuber", "Managing director", "Management"),
    ("Lena", "Roth", "Assistant", "Management"),
];

/// The users.
pub(crate) fn users(domain: &str) -> Vec<NewUser> {
    PEOPLE
        .iter()
        .map(|(given, surname, title, department)| NewUser {
            display_name: Some(format!("{given} {surname}")),
            given_name: Some((*given).to_owned()),
            surname: Some((*surname).to_owned()),
            job_title: Some((*title).to_owned()),
            department: Some((*department).to_owned()),
            ..NewUser::named(&principal_name(given, surname, domain))
        })
        .collect()
}

/// "Sales and service", and inside it "Sales".
pub(crate) fn groups(domain: &str) -> Vec<NewGroup> {
    let of = |wanted: &str| -> Vec<String> {
        PEOPLE
            .iter()
            .filter(|(_, _, _, department)| *department == wanted)
            .map(|(given, surname, ..)| principal_name(given, surname, domain))
            .collect()
    };
    let mut outer = of("Service");
    outer.push("Sales".to_owned());
    vec![
        NewGroup { id: None, display_name: "Sales".to_owned(), members: of("Sales") },
        NewGroup { id: None, display_name: "Sales and service".to_owned(), members: outer },
    ]
}

/// `franz-josef.maier@domain`: small letters of the alphabet only.
fn principal_name(given: &str, surname: &str, domain: &str) -> String {
    let plain = |name: &str| -> String {
        name.to_lowercase()
            .chars()
            .filter_map(|c| {
                Some(match c {
                    'ä' => "ae".to_owned(),
                    'ö' | 'ø' => "oe".to_owned(),
                    'ü' => "ue".to_owned(),
                    'ß' => "ss".to_owned(),
                    'é' => "e".to_owned(),
                    'ó' => "o".to_owned(),
                    'ı' => "i".to_owned(),
                    ' ' => "-".to_owned(),
                    c if c.is_ascii_alphanumeric() || c == '-' => c.to_string(),
                    _ => return None,
                })
            })
            .collect()
    };
    format!("{}.{}@{domain}", plain(given), plain(surname))
}
