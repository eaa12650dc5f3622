//! What names mean, in German and English and in the dialects of common CRMs.

/// What a table is about, told by the last word of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    User,
    Group,
    Mail,
    Phone,
    Mechanism,
    Address,
    Person,
    Company,
    Category,
    Share,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Means {
    FirstName,
    LastName,
    FullName,
    Salutation,
    Title,
    Department,
    JobTitle,
    Company,
    Mobile,
    HomePhone,
    Fax,
    Phone,
    Mail,
    Street,
    HouseNumber,
    Postcode,
    City,
    State,
    Country,
    Birthday,
    Website,
    Notes,
    Number,
    Owner,
    ChangedAt,
    Meta,
    Active,
    Inactive,
    Login,
    Password,
    From,
    Until,
    Parent,
    Code,
    Name,
    Kind,
    Place,
    Value,
}

const CLASSES: [(Class, &[&str]); 10] = [
    (Class::User, &["user", "benutzer", "anwender", "mitarbeiter", "employee", "staff", "operator", "sachbearbeiter", "login", "useraccount"]),
    (Class::Group, &["group", "gruppe", "role", "rolle", "team", "usergroup", "benutzergruppe"]),
    (Class::Mail, &["mail", "email", "emailaddress", "mailaddress", "emailadresse", "mailadresse"]),
    (Class::Phone, &["phone", "telephone", "telefon", "phonenumber", "telefonnummer", "rufnummer", "tel"]),
    (
        Class::Mechanism,
        &["contactmechanism", "mechanism", "kommunikation", "communication", "kontaktdaten", "contactpoint", "contactmethod", "kontaktweg"],
    ),
    (Class::Address, &["address", "adresse", "anschrift", "addresse"]),
    (
        Class::Person,
        &[
            "contact",
            "kontakt",
            "person",
            "people",
            "party",
            "partei",
            "ansprechpartner",
            "customer",
            "kunde",
            "client",
            "klient",
            "partner",
            "lead",
            "interessent",
            "member",
            "mitglied",
            "supplier",
            "lieferant",
        ],
    ),
    (Class::Company, &["company", "firma", "firmen", "organisation", "organization", "account", "betrieb", "unternehmen", "enterprise"]),
    (Class::Category, &["category", "kategorie", "tag", "label", "stichwort", "schlagwort", "merkmal"]),
    (Class::Share, &["share", "freigabe", "permission", "berechtigung", "zugriff", "access", "acl", "recht"]),
];

const MEANS: [(Means, &[&str]); 38] = [
    (Means::FirstName, &["firstname", "vorname", "givenname", "forename", "fname", "rufname"]),
    (Means::LastName, &["lastname", "nachname", "surname", "familyname", "familienname", "zuname", "lname"]),
    (Means::FullName, &["fullname", "displayname", "anzeigename", "vollname", "completename", "contactname", "kontaktname"]),
    (Means::Salutation, &["salutation", "anrede"]),
    (Means::Title, &["academictitle", "akademischertitel", "title", "titel", "namenszusatz"]),
    (Means::Department, &["department", "abteilung", "dept"]),
    (Means::JobTitle, &["jobtitle", "funktion", "function", "beruf", "berufsbezeichnung", "occupation", "stellung", "jobposition"]),
    (
        Means::Company,
        &["company", "companyname", "firma", "firmenname", "organisation", "organization", "employer", "arbeitgeber", "account", "accountname"],
    ),
    (
        Means::Mobile,
        &[
            "mobile",
            "mobil",
            "mobilephone",
            "handy",
            "cell",
            "cellphone",
            "mobiltelefon",
            "mobilnummer",
            "phonemobile",
            "telefonmobil",
            "handynummer",
        ],
    ),
    (Means::HomePhone, &["homephone", "phonehome", "privattelefon", "telefonprivat", "telprivat"]),
    (Means::Fax, &["fax", "faxnumber", "faxnummer", "telefax", "phonefax"]),
    (
        Means::Phone,
        &["phone", "telephone", "telefon", "tel", "fon", "phonenumber", "telefonnummer", "rufnummer", "businessphone", "workphone", "phonework"],
    ),
    (Means::Mail, &["mail", "email", "emailaddress", "mailaddress", "emailadresse", "mailadresse", "email1", "mailadr"]),
    (Means::Street, &["street", "strasse", "str", "addressline", "streetaddress", "addressstreet", "streetline", "streetname", "strassehausnummer"]),
    (Means::HouseNumber, &["housenumber", "hausnummer", "hausnr", "houseno"]),
    (Means::Postcode, &["zip", "plz", "postcode", "postalcode", "zipcode", "postleitzahl", "addresspostalcode", "addresszip"]),
    (Means::City, &["city", "ort", "stadt", "town", "wohnort", "locality", "addresscity"]),
    (Means::State, &["state", "bundesland", "province", "kanton", "subdivision", "addressstate"]),
    (Means::Country, &["country", "land", "countrycode", "laendercode", "staat", "addresscountry", "countryiso"]),
    (Means::Birthday, &["birthday", "birthdate", "dateofbirth", "geburtstag", "geburtsdatum", "dob", "gebdatum"]),
    (Means::Website, &["website", "homepage", "url", "web", "webseite", "www", "internet"]),
    (Means::Notes, &["notes", "note", "notiz", "notizen", "bemerkung", "bemerkungen", "comment", "comments", "kommentar", "memo", "anmerkung"]),
    (Means::Number, &["customerno", "customernumber", "kundennummer", "kundennr", "customerid", "kundenid", "partycode", "matchcode"]),
    (
        Means::Owner,
        &[
            "owner",
            "besitzer",
            "betreuer",
            "verantwortlich",
            "verantwortlicher",
            "zustaendig",
            "assignedto",
            "assigneduser",
            "salesrep",
            "responsible",
            "accountmanager",
            "owneruser",
            "userowner",
        ],
    ),
    (
        Means::ChangedAt,
        &[
            "modified",
            "modifiedat",
            "changed",
            "changedat",
            "updated",
            "updatedat",
            "writedate",
            "lastmodified",
            "geaendert",
            "geaendertam",
            "aenderungsdatum",
            "datemodified",
            "modifieddate",
        ],
    ),
    (
        Means::Meta,
        &[
            "created",
            "createdat",
            "createdby",
            "createuid",
            "writeuid",
            "createdate",
            "datecreated",
            "modifiedby",
            "changedby",
            "updatedby",
            "erstelltvon",
            "erstelltam",
            "angelegtam",
            "angelegtvon",
            "geaendertvon",
            "rowversion",
            "version",
        ],
    ),
    (Means::Active, &["active", "aktiv", "isactive", "istaktiv", "enabled", "isenabled"]),
    (
        Means::Inactive,
        &[
            "inactive",
            "inaktiv",
            "deleted",
            "geloescht",
            "isdeleted",
            "deletedat",
            "geloeschtam",
            "disabled",
            "gesperrt",
            "locked",
            "archived",
            "archiviert",
            "ausgeschieden",
        ],
    ),
    (Means::Login, &["login", "username", "loginname", "userlogin", "benutzername", "anmeldename", "kennung", "benutzerkennung"]),
    (Means::Password, &["password", "passwort", "passwd", "passwordhash", "kennwort", "pwd", "hashedpassword"]),
    (Means::From, &["validfrom", "from", "gueltigvon", "gueltigab", "von", "startdate", "datefrom", "startsat"]),
    (Means::Until, &["validuntil", "until", "validto", "gueltigbis", "bis", "enddate", "dateto", "endsat", "expires", "expiresat"]),
    (Means::Parent, &["parent", "parentgroup", "uebergeordnet", "obergruppe", "elterngruppe"]),
    (Means::Code, &["code", "iso", "isocode", "iso2", "alpha2", "kuerzel", "shortcode"]),
    (Means::Name, &["name", "bezeichnung", "label"]),
    (Means::Kind, &["kind", "type", "typ", "art", "kindof", "phonetype", "addresstype"]),
    (Means::Place, &["place", "position", "sequence", "sortorder", "sort", "reihenfolge", "pos", "ordering", "rang"]),
    (Means::Value, &["value", "wert", "number", "nummer", "address", "adresse"]),
];

/// Words behind a table's name that say nothing.
const EMPTY_ENDS: [&str; 9] = ["tbl", "table", "tab", "t", "stamm", "data", "daten", "view", "v"];

/// Words that mark a column as one that points somewhere.
pub(super) const POINTS: [&str; 7] = ["id", "nr", "key", "fk", "ref", "guid", "uuid"];

/// Words before another one that change what it means.
const TURNS: [&str; 12] = ["no", "not", "has", "is", "num", "count", "last", "old", "former", "next", "parent", "mother"];

/// Words of columns that hold what nobody is to read.
const SECRETS: [&str; 9] = ["password", "passwort", "passwd", "kennwort", "pwd", "secret", "token", "hash", "salt"];

/// Whether a column could hold a secret.
pub(super) fn is_secret(column: &str) -> bool {
    tokens(column).iter().any(|word| SECRETS.iter().any(|secret| word.contains(secret)))
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

/// What a column holds, with the word that tells it.
pub(super) fn means(table: &str, column: &str) -> Option<(Means, &'static str)> {
    let mut words = tokens(column);
    if words.len() > 1 && words.last().is_some_and(|last| POINTS.contains(&last.as_str())) && find(&words.concat()).is_none() {
        words.pop();
    }
    let whole = find(&words.concat());
    let (first, rest) = words.split_first()?;
    if whole.is_some() || rest.is_empty() || TURNS.contains(&first.as_str()) {
        return whole;
    }
    // `kontakt_name` in `kontakte` is its name, `file_name` is not.
    let is_own = tokens(table).iter().any(|word| is_word(word, first));
    find(&rest.concat())
        .filter(|(means, _)| is_own || !matches!(means, Means::Name | Means::Kind | Means::Value | Means::Code | Means::Place | Means::Login))
}

fn find(joined: &str) -> Option<(Means, &'static str)> {
    MEANS.iter().find_map(|(means, words)| words.iter().find(|word| **word == joined).map(|word| (*means, *word)))
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
