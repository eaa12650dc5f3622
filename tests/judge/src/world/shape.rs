//! The shape of the records of a random CRM: a main row, phones below it, a company looked up by it.

use adressbote_rules::key::Source;
use adressbote_rules::value::{Kind, Type, Value};
use adressbote_rules::view::{Column, Field, Formation, Part, PartId, RowCondition, SortKey, View};

use crate::seed::Draw;

/// The fields with their types, in the view's order.
pub const FIELDS: [(&str, Kind, bool); 16] = [
    ("name", Kind::Text, false),
    ("city", Kind::Text, false),
    ("Größe", Kind::Int, false),
    ("rate", Kind::Real, false),
    ("vip", Kind::Bool, false),
    ("born", Kind::Date, false),
    ("touched", Kind::Moment, false),
    ("owner", Kind::Text, false),
    ("note", Kind::Text, false),
    ("tags", Kind::Text, true),
    ("total", Kind::Int, false),
    ("phones", Kind::Text, true),
    ("mobile", Kind::Text, false),
    ("phone count", Kind::Int, false),
    ("employer", Kind::Text, false),
    ("sector", Kind::Text, false),
];

/// The columns of the main row; the fields of the same place show them.
pub const MAIN: [(&str, Kind); 11] = [
    ("name", Kind::Text),
    ("city", Kind::Text),
    ("size", Kind::Int),
    ("rate", Kind::Real),
    ("vip", Kind::Bool),
    ("born", Kind::Date),
    ("touched", Kind::Moment),
    ("owner", Kind::Text),
    ("note", Kind::Text),
    ("tags", Kind::Text),
    ("total", Kind::Int),
];

/// The columns of phones.
pub const PHONE: [(&str, Kind); 3] = [("number", Kind::Text), ("kind", Kind::Text), ("rank", Kind::Int)];

/// The columns of companies.
pub const COMPANY: [(&str, Kind); 3] = [("name", Kind::Text), ("sector", Kind::Text), ("country", Kind::Text)];

/// What field rights may speak of.
pub const SOURCES: [&str; 20] = [
    "main.city",
    "main.name",
    "main.size",
    "main.rate",
    "main.vip",
    "main.born",
    "main.touched",
    "main.owner",
    "main.note",
    "main.tags",
    "main.total",
    "phone.number",
    "phone.kind",
    "phone.rank",
    "company.name",
    "company.sector",
    "company.country",
    "private",
    "user.region",
    "user.level",
];

/// The kinds of phones.
pub const PHONE_KINDS: [&str; 3] = ["mobile", "work", "fax"];

/// A part with its columns. Birthdays and notes are private too, a source of its own.
fn part(name: &str, columns: &[(&str, Kind)]) -> Part {
    let column = |(column, kind): &(&str, Kind)| {
        let own = Source::new(format!("{name}.{column}"));
        let sources = if matches!(*column, "born" | "note") { vec![own, Source::new("private")] } else { vec![own] };
        Column { name: (*column).to_owned(), kind: *kind, sources }
    };
    Part { name: name.to_owned(), columns: columns.iter().map(column).collect(), order: Vec::new() }
}

/// A view whose order, locale and sealed fields are drawn.
pub fn view(draw: &mut Draw<'_>) -> View {
    let mut parts = vec![part("main", &MAIN), part("phone", &PHONE), part("company", &COMPANY)];
    let column = |parts: &[Part], part: usize, name: &str| parts[part].column_named(name).unwrap();
    if draw.chance(70) {
        parts[1].order = vec![column(&parts, 1, "rank")];
    }
    // Numbers of parts are given by a view; a first one, of the main row alone, gives them.
    let (name, kind, _) = FIELDS[0];
    let first = Formation::Column { part: PartId::MAIN, column: column(&parts, 0, "name") };
    let plain = Field { name: name.to_owned(), ty: Type { kind, many: false }, formation: first, sources: Vec::new(), sealed: false };
    let numbered = View::new("contacts", "de", parts.clone(), vec![plain], Vec::new()).unwrap();
    let (phone, company) = (numbered.part_named("phone").unwrap(), numbered.part_named("company").unwrap());
    let is_kind = |kind: &str| vec![RowCondition { column: column(&parts, 1, "kind"), any_of: vec![Value::text(kind)] }];
    let counted = if draw.chance(50) { is_kind("work") } else { Vec::new() };
    let formation = |place: usize, name: &str| match name {
        "phones" => Formation::All { part: phone, column: column(&parts, 1, "number"), when: Vec::new() },
        "mobile" => Formation::First { part: phone, column: column(&parts, 1, "number"), when: is_kind("mobile") },
        "phone count" => Formation::Count { part: phone, when: counted.clone() },
        "employer" => Formation::Column { part: company, column: column(&parts, 2, "name") },
        "sector" => Formation::Column { part: company, column: column(&parts, 2, "sector") },
        _ => Formation::Column { part: PartId::MAIN, column: column(&parts, 0, MAIN[place].0) },
    };
    let is_sealed = draw.chance(30);
    let fields = FIELDS.iter().enumerate().map(|(place, (name, kind, many))| Field {
        name: (*name).to_owned(),
        ty: Type { kind: *kind, many: *many },
        formation: formation(place, name),
        sources: if *name == "rate" { vec![Source::new("private")] } else { Vec::new() },
        sealed: *name == "total" && is_sealed,
    });
    let fields: Vec<Field> = fields.collect();
    let order = order(draw, &View::new("contacts", "de", parts.clone(), fields.clone(), Vec::new()).unwrap());
    let locale = if draw.chance(30) { "de-u-co-phonebk" } else { "de" };
    View::new("contacts", locale, parts, fields, order).unwrap()
}

fn order(draw: &mut Draw<'_>, view: &View) -> Vec<SortKey> {
    let keys = draw.between(0, 2) + usize::from(draw.chance(90));
    let names =
        ["city", "name", "city", "name", "city", "Größe", "name", "employer", "born", "tags", "rate", "vip", "phone count", "phones", "touched"];
    let key = |draw: &mut Draw<'_>| SortKey { field: view.field_named(draw.of::<&str>(&names)).unwrap(), descending: draw.chance(30) };
    (0..keys).map(|_| key(draw)).collect()
}
