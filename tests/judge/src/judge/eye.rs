//! What one user holds, and so sees.

use std::collections::BTreeSet;

use adressbote_rules::crm::{Answer, Combine, PartRow, RecordRow, Silence, Target, UserRow};
use adressbote_rules::key::{Principal, RecordKey, Source, UserKey};
use adressbote_rules::time::Period;
use adressbote_rules::value::Value;
use adressbote_rules::view::{ColumnId, Formation, PartId, RowCondition};
use serde_json::{Map, Value as Json};

use super::text;
use crate::world::{Law, World};

/// One user's eye on a world.
pub struct Eye<'w> {
    /// The world.
    pub world: &'w World,
    /// The user.
    pub user: &'w UserRow,
    /// What he holds.
    pub held: BTreeSet<Principal>,
    /// The keys of the records that the view has.
    pub keys: BTreeSet<RecordKey>,
    /// The principal that stands for him alone.
    own: Principal,
}

/// Why a record is hidden.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A rule lists nobody that he is.
    Rule(String),
    /// He is barred as this.
    Bar(Principal),
    /// Every field is masked.
    NothingReadable,
}

fn counts(during: &Period) -> bool {
    let now = World::at().now;
    during.from.is_none_or(|from| now >= from) && during.until.is_none_or(|until| until > now)
}

impl<'w> Eye<'w> {
    /// The eye of a user, if the world has him.
    pub fn of(world: &'w World, user: &UserKey) -> Option<Self> {
        let user = world.users.iter().find(|row| row.key == *user)?;
        let mut held = Self::directly(world, user);
        loop {
            let before = held.len();
            for row in world.implies.iter().filter(|row| counts(&row.during)) {
                if held.contains(&row.principal) {
                    held.insert(row.implied.clone());
                }
            }
            if held.len() == before {
                return Some(Self { world, user, held, keys: world.record_keys(), own: Principal::new(format!("user:{}", user.key)) });
            }
        }
    }

    /// The same user if no group were in another.
    pub fn flat(&self) -> Self {
        Self { held: Self::directly(self.world, self.user), keys: self.keys.clone(), own: self.own.clone(), ..*self }
    }

    fn directly(world: &World, user: &UserRow) -> BTreeSet<Principal> {
        let mut held = BTreeSet::new();
        if !user.is_active {
            return held;
        }
        held.insert(Principal::new(format!("user:{}", user.key)));
        if user.is_internal {
            held.insert(Principal::new("everyone"));
        }
        held.extend(world.holds.iter().filter(|row| row.user == user.key && counts(&row.during)).map(|row| row.principal.clone()));
        held
    }

    /// The keys of his groups.
    pub fn groups(&self) -> BTreeSet<String> {
        self.held.iter().filter_map(|principal| principal.as_str().strip_prefix("group:")).map(str::to_owned).collect()
    }

    /// The keys of those he stands for.
    pub fn stands_for(&self) -> BTreeSet<String> {
        self.world
            .deputies
            .iter()
            .filter(|row| row.user == self.user.key && counts(&row.during))
            .map(|row| row.stands_for.as_str().to_owned())
            .collect()
    }

    /// What `user.NAME` gives; none: masked.
    pub fn attribute(&self, name: &str) -> Option<Value> {
        let list = |keys: BTreeSet<String>| Value::List(keys.into_iter().map(Value::text).collect());
        match name {
            "id" => Some(Value::text(self.user.key.as_str())),
            "login" => Some(Value::text(&self.user.login)),
            "mail" => Some(self.user.mail.as_ref().map_or(Value::Null, Value::text)),
            "groups" => Some(list(self.groups())),
            "stands_for" => Some(list(self.stands_for())),
            own if self.field_right(&Source::new(format!("user.{own}")), None) => self.user.attributes.get(own).cloned(),
            _ => None,
        }
    }

    fn passes(&self, law: &Law, key: &str) -> bool {
        let is_exempt = law.exempt.iter().any(|row| counts(&row.during) && self.held.contains(&row.principal));
        let rows: Vec<_> = law.rows.iter().filter(|row| *row.of == *key).collect();
        let is_listed = rows.iter().any(|row| counts(&row.during) && self.held.contains(&row.principal));
        is_exempt || is_listed || (rows.is_empty() && law.shape.is_open_by_default)
    }

    /// Why a record with this key is hidden from him; nothing: it is not.
    pub fn causes(&self, record: &RecordKey) -> BTreeSet<Cause> {
        let on_records = self.world.laws.iter().filter(|law| law.shape.target == Target::Record);
        let mut causes: BTreeSet<Cause> =
            on_records.filter(|law| !self.passes(law, record.as_str())).map(|law| Cause::Rule(law.shape.name.clone())).collect();
        for bar in self.world.bars.iter().filter(|bar| bar.record == *record && counts(&bar.during)) {
            if self.held.contains(&bar.principal) {
                causes.insert(Cause::Bar(bar.principal.clone()));
            }
        }
        if self.world.view.fields().iter().all(|field| !self.reads(record, &field.name)) {
            causes.insert(Cause::NothingReadable);
        }
        causes
    }

    /// Whether the view has the record and he may see it.
    pub fn sees(&self, record: &RecordKey) -> bool {
        self.keys.contains(record) && self.causes(record).is_empty()
    }

    /// What field rights say of a source.
    fn field_right(&self, source: &Source, record: Option<&RecordKey>) -> bool {
        if self.world.field_exempt.iter().any(|row| counts(&row.during) && self.held.contains(&row.principal)) {
            return true;
        }
        let speaks = |row: &&adressbote_rules::crm::FieldRightRow| {
            let of_record = row.record.is_none() || row.record.as_ref() == record;
            row.source == *source && of_record && counts(&row.during) && self.held.contains(&row.principal)
        };
        let rows: Vec<_> = self.world.field_rights.iter().filter(speaks).collect();
        let said = |answer: Answer, near: &dyn Fn(&Principal) -> bool| rows.iter().any(|row| row.answer == answer && near(&row.principal));
        let anybody = |_: &Principal| true;
        let (granted, denied) = (said(Answer::Grant, &anybody), said(Answer::Deny, &anybody));
        if !granted && !denied {
            return self.world.silence == Silence::Readable;
        }
        match self.world.combine {
            Combine::DenialWins => !denied,
            Combine::GrantLiftsDenial => granted,
            Combine::NearestFirst => {
                let himself = |principal: &Principal| *principal == self.own;
                let role = |principal: &Principal| principal.as_str().starts_with("role:");
                let levels: [&dyn Fn(&Principal) -> bool; 3] = [&himself, &role, &anybody];
                let level = levels.into_iter().find(|near| said(Answer::Grant, *near) || said(Answer::Deny, *near)).unwrap();
                !said(Answer::Deny, level)
            }
        }
    }

    fn reads_source(&self, source: &Source, record: &RecordKey) -> bool {
        let laws = self.world.laws.iter().filter(|law| law.shape.target == Target::Source(source.clone()));
        self.field_right(source, Some(record)) && laws.into_iter().all(|law| self.passes(law, record.as_str()))
    }

    fn reads_column(&self, record: &RecordKey, part: PartId, column: ColumnId) -> bool {
        self.world.view.column(part, column).unwrap().sources.iter().all(|source| self.reads_source(source, record))
    }

    /// Whether he may read the field of the record.
    pub fn reads(&self, record: &RecordKey, field: &str) -> bool {
        let field = self.world.view.field(self.world.view.field_named(field).unwrap()).unwrap();
        let conditions = |part: PartId, when: &[RowCondition]| when.iter().all(|one| self.reads_column(record, part, one.column));
        let formed = match &field.formation {
            Formation::Column { part, column } => self.reads_column(record, *part, *column) && self.reads_order(record, *part),
            Formation::First { part, column, when } | Formation::All { part, column, when } => {
                self.reads_column(record, *part, *column) && conditions(*part, when) && self.reads_order(record, *part)
            }
            Formation::Count { part, when } => conditions(*part, when) && !self.readable_columns(record, *part).is_empty(),
        };
        !field.sealed && formed && field.sources.iter().all(|source| self.reads_source(source, record))
    }

    /// What comes before what depends on what orders the rows: who may not read that may not know it.
    fn reads_order(&self, record: &RecordKey, part: PartId) -> bool {
        self.world.view.part(part).unwrap().order.iter().all(|column| self.reads_column(record, part, *column))
    }

    fn readable_columns(&self, record: &RecordKey, part: PartId) -> Vec<(ColumnId, String)> {
        let columns = &self.world.view.part(part).unwrap().columns;
        let named = columns.iter().map(|column| (self.world.view.part(part).unwrap().column_named(&column.name).unwrap(), column.name.clone()));
        named.filter(|(column, _)| self.reads_column(record, part, *column)).collect()
    }

    /// The rows of a part that he may see, in the part's order if he may read what orders them, else by key.
    pub fn rows(&self, record: &RecordKey, part: PartId) -> Vec<&'w PartRow> {
        let laws: Vec<&Law> = self.world.laws.iter().filter(|law| law.shape.target == Target::Part(part)).collect();
        let mut rows = all_rows(self.world, record, part);
        rows.retain(|row| laws.iter().all(|law| self.passes(law, row.key.as_str())));
        if self.readable_columns(record, part).is_empty() {
            rows.clear();
        }
        if self.reads_order(record, part) {
            in_order(self.world, part, &mut rows);
        }
        rows
    }

    /// Whether rows of a part are kept from him.
    pub fn misses_rows(&self, record: &RecordKey, part: &str) -> bool {
        let part = self.world.view.part_named(part).unwrap();
        if part == PartId::MAIN {
            return false;
        }
        let laws: Vec<&Law> = self.world.laws.iter().filter(|law| law.shape.target == Target::Part(part)).collect();
        let is_hidden = |row: &&PartRow| laws.iter().any(|law| !self.passes(law, row.key.as_str()));
        all_rows(self.world, record, part).iter().any(is_hidden)
    }

    /// Whether there are rights that could keep rows of a part from him.
    pub fn is_limited_in(&self, part: &str) -> bool {
        let part = self.world.view.part_named(part).unwrap();
        let is_exempt = |law: &Law| law.exempt.iter().any(|row| counts(&row.during) && self.held.contains(&row.principal));
        self.world.laws.iter().any(|law| law.shape.target == Target::Part(part) && !is_exempt(law))
    }

    /// Whether he may read anything of a part.
    pub fn reads_any(&self, record: &RecordKey, part: &str) -> bool {
        let part = self.world.view.part_named(part).unwrap();
        self.reads_order(record, part) && !self.readable_columns(record, part).is_empty()
    }

    /// Whether he may read what an input of the mapping names, such as `city` or `phone.number`; of a part also what orders its rows.
    pub fn reads_input(&self, record: &RecordKey, input: &str) -> bool {
        match input.split_once('.') {
            None => self.reads(record, input),
            Some((part, column)) => {
                let part = self.world.view.part_named(part).unwrap();
                let column = self.world.view.part(part).unwrap().column_named(column).unwrap();
                self.reads_column(record, part, column) && self.reads_order(record, part)
            }
        }
    }

    /// The first version of the record, if one could be read.
    pub fn main(&self, record: &RecordKey) -> Option<&'w RecordRow> {
        self.world.records.iter().find(|row| row.key == *record)
    }

    /// A field of a visible record as he sees it; none: masked.
    pub fn field(&self, record: &RecordKey, field: &str) -> Option<Value> {
        let main = self.main(record)?;
        self.reads(record, field).then(|| form(self.world, field, main, &|part| self.rows(record, part)))
    }

    /// Everything that he sees of a record, as mappings see it.
    pub fn document(&self, record: &RecordKey) -> Json {
        let mut document = Map::new();
        for field in self.world.view.fields() {
            if let Some(value) = self.field(record, &field.name) {
                document.insert(field.name.clone(), value.to_json());
            }
        }
        for (number, part) in self.world.view.numbered_parts().skip(1) {
            let columns = self.readable_columns(record, number);
            if columns.is_empty() || !self.reads_order(record, number) {
                continue;
            }
            let object = |row: &PartRow| -> Json {
                let place = |name: &str| part.columns.iter().position(|column| column.name == name).unwrap();
                Json::Object(columns.iter().map(|(_, name)| (name.clone(), row.values[place(name)].to_json())).collect())
            };
            document.insert(part.name.clone(), self.rows(record, number).into_iter().map(object).collect());
        }
        Json::Object(document)
    }
}

/// A field of a record as nobody's rights limit it: for suppressions.
pub fn whole(world: &World, field: &str, main: &RecordRow) -> Value {
    form(world, field, main, &|part| {
        let mut rows = all_rows(world, &main.key, part);
        in_order(world, part, &mut rows);
        rows
    })
}

fn all_rows<'w>(world: &'w World, record: &RecordKey, part: PartId) -> Vec<&'w PartRow> {
    let all = match world.view.part(part).unwrap().name.as_str() {
        "phone" => &world.phones,
        "company" => &world.companies,
        other => panic!("no rows of {other}"),
    };
    let mut rows: Vec<&PartRow> = all.iter().filter(|row| row.record == *record).collect();
    rows.sort_by(|left, right| left.key.as_str().cmp(right.key.as_str()));
    rows
}

fn in_order(world: &World, part: PartId, rows: &mut [&PartRow]) {
    let shape = world.view.part(part).unwrap();
    for column in shape.order.iter().rev() {
        let place = (0..shape.columns.len()).find(|place| shape.column_named(&shape.columns[*place].name) == Some(*column)).unwrap();
        rows.sort_by(|left, right| text::nulls_last(&left.values[place], &right.values[place], false, &|left, right| left.cmp(right)));
    }
}

fn form<'w>(world: &World, field: &str, main: &RecordRow, rows: &dyn Fn(PartId) -> Vec<&'w PartRow>) -> Value {
    let field = world.view.field(world.view.field_named(field).unwrap()).unwrap();
    let place = |part: PartId, column: ColumnId| {
        let part = world.view.part(part).unwrap();
        part.columns.iter().position(|one| part.column_named(&one.name) == Some(column)).unwrap()
    };
    let fitting = |part: PartId, when: &[RowCondition]| -> Vec<&'w PartRow> {
        rows(part).into_iter().filter(|row| when.iter().all(|one| one.any_of.contains(&row.values[place(part, one.column)]))).collect()
    };
    let filled = |part: PartId, column: ColumnId, when: &[RowCondition]| -> Vec<Value> {
        fitting(part, when).into_iter().map(|row| row.values[place(part, column)].clone()).filter(|value| *value != Value::Null).collect()
    };
    match &field.formation {
        Formation::Column { part: PartId::MAIN, column } => main.values[place(PartId::MAIN, *column)].clone(),
        Formation::Column { part, column } => rows(*part).first().map_or(Value::Null, |row| row.values[place(*part, *column)].clone()),
        Formation::First { part, column, when } => filled(*part, *column, when).into_iter().next().unwrap_or(Value::Null),
        Formation::All { part, column, when } => Value::List(filled(*part, *column, when)),
        Formation::Count { part, when } => Value::Int(i64::try_from(fitting(*part, when).len()).unwrap()),
    }
}
