//! The words of names, in German and English and in the dialects of common CRMs.

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

pub(super) const CLASSES: [(Class, &[&str]); 10] = [
    (Class::User, &["user", "benutzer", "anwender", "mitarbeiter", "employee", "staff", "operator", "sachbearbeiter", "login", "useraccount"]),
    (Class::Group, &["group", "gruppe", "role", "rolle", "team", "usergroup", "userrole", "benutzergruppe"]),
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

pub(super) const MEANS: [(Means, &[&str]); 36] = [
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
            "ownedby",
            "managedby",
            "betreutvon",
            "smowner",
            "smownerid",
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
            "smcreator",
            "smcreatorid",
            "version",
        ],
    ),
    (Means::Login, &["login", "username", "loginname", "userlogin", "benutzername", "anmeldename", "kennung", "benutzerkennung"]),
    (Means::Password, &["password", "passwort", "passwd", "passwordhash", "kennwort", "pwd", "hashedpassword"]),
    (Means::From, &["validfrom", "from", "gueltigvon", "gueltigab", "von", "startdate", "datefrom", "startsat"]),
    (Means::Until, &["validuntil", "until", "validto", "gueltigbis", "bis", "enddate", "dateto", "endsat", "expires", "expiresat"]),
    (Means::Parent, &["parent", "parentgroup", "uebergeordnet", "obergruppe", "elterngruppe"]),
    (Means::Code, &["code", "iso", "isocode", "iso2", "alpha2", "kuerzel", "shortcode"]),
    (Means::Name, &["name", "bezeichnung", "label", "nom", "groupname", "gruppenname", "rolename", "rollenname", "teamname"]),
    (Means::Kind, &["kind", "type", "typ", "art", "kindof", "phonetype", "addresstype"]),
    (Means::Place, &["place", "position", "sequence", "sortorder", "sort", "reihenfolge", "pos", "ordering", "rang"]),
    (Means::Value, &["value", "wert", "number", "nummer", "address", "adresse"]),
];

/// Words behind a table's name that say nothing.
pub(super) const EMPTY_ENDS: [&str; 9] = ["tbl", "table", "tab", "t", "stamm", "data", "daten", "view", "v"];

/// What has been put away; a column may say since when, or that it is a flag.
pub(super) const PUT_AWAY: [&str; 29] = [
    "inactive",
    "inaktiv",
    "deleted",
    "geloescht",
    "disabled",
    "deaktiviert",
    "deactivated",
    "gesperrt",
    "locked",
    "blocked",
    "blockiert",
    "suspended",
    "archived",
    "archiviert",
    "removed",
    "entfernt",
    "revoked",
    "widerrufen",
    "banned",
    "terminated",
    "retired",
    "trashed",
    "papierkorb",
    "ausgeschieden",
    "ausgetreten",
    "austritt",
    "gekuendigt",
    "stillgelegt",
    "del",
];

/// Words that say so only with one behind them: `delete_date`, `loeschkennzeichen`.
pub(super) const PUT_AWAY_STEMS: [&str; 4] = ["delete", "loesch", "austritts", "archiv"];

/// What is still there.
pub(super) const STILL_THERE: [&str; 4] = ["active", "aktiv", "enabled", "aktiviert"];

/// What may stand before and behind such a word, and behind one of those that say so of what is still there.
pub(super) const BEFORE_MARK: [&str; 4] = ["is", "ist", "has", "was"];
pub(super) const BEHIND_MARK: [&str; 12] = ["at", "on", "am", "date", "datum", "time", "since", "seit", "flag", "kennzeichen", "kz", "yn"];

/// Words of a state, of whose values nothing is known.
pub(super) const STATES: [&str; 8] = ["status", "state", "statut", "zustand", "statuscode", "statecode", "lifecycle", "etat"];

/// Whose state a column can say, beside that of its own table.
pub(super) const OF_WHOM: [&str; 9] = ["user", "benutzer", "account", "employee", "mitarbeiter", "record", "entity", "login", "contact"];

/// Words of a note of who did something to a row.
pub(super) const NOTES: [&str; 28] = [
    "created",
    "creat",
    "create",
    "creator",
    "author",
    "autor",
    "auteur",
    "modified",
    "modif",
    "modifier",
    "changed",
    "updated",
    "updater",
    "edited",
    "editor",
    "write",
    "written",
    "deleted",
    "locked",
    "granted",
    "added",
    "approved",
    "invited",
    "imported",
    "ersteller",
    "erfasser",
    "angelegt",
    "geaendert",
];

/// The same before `von`; other words before it say since when.
pub(super) const DONE: [&str; 14] = [
    "zugewiesen",
    "freigegeben",
    "vergeben",
    "genehmigt",
    "eingeladen",
    "hinzugefuegt",
    "bearbeitet",
    "importiert",
    "bestaetigt",
    "gesperrt",
    "geloescht",
    "erfasst",
    "archiviert",
    "eingetragen",
];

/// Words that mark a column as one that points somewhere.
pub(super) const POINTS: [&str; 7] = ["id", "nr", "key", "fk", "ref", "guid", "uuid"];

/// Words before another one that change what it means.
pub(super) const TURNS: [&str; 23] = [
    "no", "not", "non", "un", "never", "without", "nicht", "nie", "kein", "keine", "ohne", "has", "is", "can", "num", "count", "last", "old",
    "former", "next", "parent", "mother", "letzte",
];

/// Words of columns that hold what nobody is to read.
pub(super) const SECRETS: [&str; 12] =
    ["password", "passwort", "passwd", "kennwort", "pwd", "secret", "token", "hash", "salt", "credential", "crypted", "geheim"];

/// The same, where they stand alone or are two words.
pub(super) const SECRET_WORDS: [&str; 19] = [
    "pass",
    "passphrase",
    "pin",
    "pins",
    "pincode",
    "otp",
    "totp",
    "mfa",
    "tan",
    "puk",
    "apikey",
    "accesskey",
    "privatekey",
    "signingkey",
    "authkey",
    "sessionid",
    "sessionkey",
    "cookie",
    "nonce",
];

/// Words in the name of a table that joins two others.
pub(super) const JOINTS: [&str; 20] = [
    "member",
    "membership",
    "mitglied",
    "mitgliedschaft",
    "rel",
    "relation",
    "link",
    "map",
    "mapping",
    "assoc",
    "assignment",
    "zuordnung",
    "to",
    "zu",
    "in",
    "of",
    "has",
    "x",
    "xref",
    "tbl",
];

/// Words that say that a table keeps something else than who is in, or no longer; longer ones are only the beginning.
pub(super) const NO_MEMBERS: [&str; 38] = [
    "exclu",
    "ausschl",
    "ausgeschl",
    "invit",
    "einlad",
    "eingelad",
    "request",
    "anfrag",
    "antrag",
    "pending",
    "offen",
    "waiting",
    "wart",
    "ban",
    "banned",
    "block",
    "reject",
    "denied",
    "deny",
    "forbid",
    "history",
    "histor",
    "log",
    "logs",
    "protokoll",
    "audit",
    "old",
    "alt",
    "former",
    "ehemalig",
    "bak",
    "backup",
    "archiv",
    "remov",
    "delet",
    "geloescht",
    "tmp",
    "copy",
];
