//! What names mean.

use super::vocabulary::{
    BEFORE_MARK, BEHIND_MARK, CLASSES, DONE, EMPTY_ENDS, MEANS, NOTES, OF_WHOM, PUT_AWAY, PUT_AWAY_STEMS, SECRET_WORDS, SECRETS, STATES, STILL_THERE,
    TURNS,
};
pub(super) use super::vocabulary::{Class, Means, POINTS};

/// Whether a column could hold a secret: such are skipped everywhere.
pub(super) fn is_secret(column: &str) -> bool {
    let words = tokens(column);
    let is_part = words.iter().any(|word| SECRETS.iter().any(|secret| word.contains(secret)));
    let pairs = words.windows(2).map(<[String]>::concat);
    is_part || words.iter().cloned().chain(pairs).any(|word| SECRET_WORDS.contains(&word.as_str()))
}

/// The words of a name, in lower case, without umlauts and numbers.
pub(super) fn tokens(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    let characters: Vec<char> = name.chars().collect();
    for (place, one) in characters.iter().copied().enumerate() {
        let follows_lower = before.is_some_and(char::is_lowercase);
        // `PLZOrt`: the last of several capitals begins a word.
        let ends_capitals = before.is_some_and(char::is_uppercase) && characters.get(place + 1).is_some_and(|next| next.is_lowercase());
        let begins = before.is_none_or(|before| !before.is_alphabetic()) || one.is_uppercase() && (follows_lower || ends_capitals);
        before = Some(one);
        if !one.is_alphabetic() {
            continue;
        }
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            one.to_lowercase().for_each(|one| match one {
                'ä' => word.push_str("ae"),
                'ö' => word.push_str("oe"),
                'ü' => word.push_str("ue"),
                'ß' => word.push_str("ss"),
                one => word.push(one),
            });
        }
    }
    words
}

/// Whether a word is another one, or more than one of it.
pub(super) fn is_word(found: &str, word: &str) -> bool {
    let is_many = ["s", "es", "en", "n", "e"].iter().any(|end| found.strip_suffix(end) == Some(word));
    found == word || is_many || found.strip_suffix("ies").is_some_and(|stem| word.strip_suffix('y') == Some(stem))
}

/// What a table is about, with the word that tells it.
pub(super) fn class(table: &str) -> Option<(Class, &'static str)> {
    let mut words = tokens(table);
    while words.len() > 1 && words.last().is_some_and(|last| EMPTY_ENDS.contains(&last.as_str())) {
        words.pop();
    }
    let last = words.last()?;
    let two = words.get(words.len().wrapping_sub(2)..).map(<[String]>::concat).unwrap_or_default();
    // German joins words: the last part of one says what it is.
    let ends = |found: &str, word: &str| word.len() >= 5 && (1..found.len()).filter_map(|at| found.get(at..)).any(|end| is_word(end, word));
    let find =
        |fits: &dyn Fn(&str) -> bool| CLASSES.iter().find_map(|(class, words)| words.iter().find(|word| fits(word)).map(|word| (*class, *word)));
    find(&|word| is_word(&two, word)).or_else(|| find(&|word| is_word(last, word))).or_else(|| find(&|word| ends(last, word)))
}

/// What a column holds, with the word that tells it. Of what could be a secret only that is told which says a table holds users.
pub(super) fn means(table: &str, column: &str) -> Option<(Means, &'static str)> {
    meant(table, column).filter(|(means, _)| *means == Means::Password || !is_secret(column))
}

fn meant(table: &str, column: &str) -> Option<(Means, &'static str)> {
    let words = pointed(column);
    let whole = find(&words.concat());
    let (first, rest) = words.split_first()?;
    if whole.is_some() {
        return whole;
    }
    let is_own = tokens(table).iter().any(|word| is_word(word, first));
    let own_mark = mark(&rest.concat()).filter(|_| is_own);
    // `user_deleted` marks a user, `deleted_user` notes one.
    if let Some(note) = note(&words).filter(|_| own_mark.is_none()) {
        return Some((Means::Meta, note));
    }
    if rest.is_empty() || TURNS.contains(&first.as_str()) {
        return None;
    }
    // `kontakt_name` in `kontakte` is its name, `file_name` is not; `geprueft_von` begins nothing.
    find(&rest.concat()).filter(|(means, _)| is_own || !is_of_its_table(*means))
}

/// What a column means only where it speaks of its own table.
fn is_of_its_table(means: Means) -> bool {
    matches!(means, Means::Name | Means::Kind | Means::Value | Means::Code | Means::Place | Means::Login | Means::From | Means::Until)
}

/// The words of a column, without the one that says that it points somewhere.
fn pointed(column: &str) -> Vec<String> {
    let mut words = tokens(column);
    if words.len() > 1 && words.last().is_some_and(|last| POINTS.contains(&last.as_str())) && find(&words.concat()).is_none() {
        words.pop();
    }
    words
}

/// The word that says that a column only notes who did something to the row.
fn note(words: &[String]) -> Option<&'static str> {
    let does = || words.iter().find_map(|word| NOTES.iter().find(|note| *note == word)).copied();
    let is_somebody = |word: &String| matches!(word.as_str(), "user" | "uid" | "benutzer" | "mitarbeiter" | "employee" | "person" | "contact");
    match words {
        [only] => ["creator", "author", "autor", "auteur", "editor", "modifier", "ersteller", "erfasser"].into_iter().find(|note| note == only),
        [.., last] if last == "by" => Some("by"),
        [done, last] if last == "von" && DONE.contains(&done.as_str()) => Some("von"),
        _ if words.iter().any(is_somebody) => does(),
        _ => None,
    }
}

fn find(joined: &str) -> Option<(Means, &'static str)> {
    MEANS.iter().find_map(|(means, words)| words.iter().find(|word| **word == joined).map(|word| (*means, *word))).or_else(|| mark(joined))
}

/// Whether a word says that a row is put away, or still there: `deleted`, `is_locked`, `archived_at`, `loeschkennzeichen`.
fn mark(joined: &str) -> Option<(Means, &'static str)> {
    let bare = BEFORE_MARK.iter().find_map(|before| joined.strip_prefix(before));
    [Some(joined), bare].into_iter().flatten().find_map(|word| {
        let of = |words: &'static [&'static str], found: &str| words.iter().find(|one| **one == found).copied();
        let stem = |ends: &[&str]| ends.iter().find_map(|end| word.strip_suffix(end)).unwrap_or_default().to_owned();
        let behind = stem(&BEHIND_MARK);
        let away = of(&PUT_AWAY, word).or_else(|| of(&PUT_AWAY, &behind)).or_else(|| of(&PUT_AWAY_STEMS, &behind));
        let there = || of(&STILL_THERE, word).or_else(|| of(&STILL_THERE, &stem(&["flag", "yn", "kz", "kennzeichen"])));
        away.map(|word| (Means::Inactive, word)).or_else(|| there().map(|word| (Means::Active, word)))
    })
}

/// Whether a column could say that its row does not count, in words that were not understood: a state, a period, or a mark turned round.
pub(super) fn could_be_mark(table: &str, column: &str) -> bool {
    let words = pointed(column);
    let is_own = |word: &String| OF_WHOM.contains(&word.as_str()) || tokens(table).iter().any(|own| is_word(own, word));
    let is_state = match words.as_slice() {
        [state] => STATES.contains(&state.as_str()),
        [whose, state] => is_own(whose) && STATES.contains(&state.as_str()) || STATES.contains(&words.concat().as_str()),
        _ => false,
    };
    let is_turned = |word: &String| PUT_AWAY.iter().chain(&STILL_THERE).any(|mark| mark == word);
    !is_secret(column) && (is_state || words.iter().any(is_turned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        for (name, words) in [
            ("contact_share", &["contact", "share"][..]),
            ("KontaktID", &["kontakt", "id"]),
            ("strPLZOrt", &["str", "plz", "ort"]),
            ("res_user-res_group", &["res", "user", "res", "group"]),
            ("Straße_1", &["strasse"]),
            ("ÄnderungsDatum", &["aenderungs", "datum"]),
        ] {
            assert_eq!(tokens(name), words, "{name}");
        }
    }

    #[test]
    fn tables_are_told_by_their_last_word() {
        for (name, of) in [
            ("crm_user", Some(Class::User)),
            ("Benutzer", Some(Class::User)),
            ("user_group", Some(Class::Group)),
            ("Benutzergruppen", Some(Class::Group)),
            ("party_party", Some(Class::Person)),
            ("parties", Some(Class::Person)),
            ("tblKontakte", Some(Class::Person)),
            ("kunden_stamm", Some(Class::Person)),
            ("Kundenadressen", Some(Class::Address)),
            ("mail_address", Some(Class::Mail)),
            ("postal_address", Some(Class::Address)),
            ("party_contact_mechanism", Some(Class::Mechanism)),
            ("contact_share", Some(Class::Share)),
            ("invoice", None),
            ("seminar", None),
        ] {
            assert_eq!(class(name).map(|(class, _)| class), of, "{name}");
        }
    }

    #[test]
    fn columns_are_told_by_their_words() {
        for (column, of) in [
            ("LastName", Some(Means::LastName)),
            ("strVorname", Some(Means::FirstName)),
            ("kontakt_name", Some(Means::FullName)),
            ("kontakte_nummer", Some(Means::Value)),
            ("file_name", None),
            ("user_name", Some(Means::Login)),
            ("primary_address_city", Some(Means::City)),
            ("country_id", Some(Means::Country)),
            ("PLZ", Some(Means::Postcode)),
            ("telefon2", Some(Means::Phone)),
            ("assigned_user_id", Some(Means::Owner)),
            ("last_login", None),
            ("ist_aktiv", Some(Means::Active)),
            ("geändert_am", Some(Means::ChangedAt)),
            ("umsatz", None),
        ] {
            assert_eq!(means("kontakte", column).map(|(means, _)| means), of, "{column}");
        }
    }
}
