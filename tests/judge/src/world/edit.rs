//! Changes of a world: anything at all, and rights taken away.

use std::sync::Arc;

use adressbote_rules::crm::{
    Answer, BarRow, DeputyRow, ExemptRow, FieldRightRow, HoldRow, ImplyRow, PartRow, RecordDoubt, RecordRow, Relation, SeatRow, Target,
};
use adressbote_rules::key::{PartKey, Principal, RecordKey, Source, UserKey};
use adressbote_rules::time::Period;
use adressbote_rules::value::Value;

use super::grow::{period, user, values_of};
use super::shape::{COMPANY, MAIN, PHONE};
use super::tree::{self, Atom, Comparison, Operand, Tree};
use super::{Stored, World, values};
use crate::seed::{Draw, Wish};

/// A right that was taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A listing under a rule of records, an exemption from one, or a bar came.
    OfRecord,
    /// A grant, an exemption from field rights, a listing under a rule of a source, or a denial came.
    OfField,
    /// A listing under a rule of a part, or an exemption from one.
    OfPart,
}

impl World {
    /// Changes one thing: a value, a right, a wish, whatever it is.
    pub fn edit(&mut self, seed: &Wish) {
        let mut draw = Draw::new(seed);
        match draw.below(24) {
            0..=3 => self.edit_record(&mut draw),
            4 | 5 => self.edit_phone(&mut draw),
            6 => self.edit_company(&mut draw),
            7 => self.add_record(&mut draw),
            8 => self.drop_record(&mut draw),
            9 | 10 => self.edit_law(&mut draw),
            11 => self.edit_exemption(&mut draw),
            12 => self.edit_bar(&mut draw),
            13 | 14 => self.edit_field_right(&mut draw),
            15 => self.edit_user(&mut draw),
            16 => self.edit_hold(&mut draw),
            17 => self.edit_implied(&mut draw),
            18 => self.edit_deputy(&mut draw),
            19 | 20 => self.edit_subscription(&mut draw),
            21 | 22 => self.edit_filter(&mut draw),
            _ => self.edit_oddity(&mut draw),
        }
    }

    fn edit_record(&mut self, draw: &mut Draw<'_>) {
        let place = draw.below(self.records.len());
        let Some(row) = self.records.get_mut(place) else { return };
        if draw.chance(40) {
            row.values = values_of(&MAIN, draw);
        } else {
            let column = if draw.chance(50) { draw.below(2) } else { draw.below(MAIN.len()) };
            row.values[column] = values::of_field(draw, MAIN[column].1, MAIN[column].0);
        }
    }

    fn edit_phone(&mut self, draw: &mut Draw<'_>) {
        let place = draw.below(self.phones.len());
        match draw.below(3) {
            0 if !self.phones.is_empty() => self.phones[place].values = values_of(&PHONE, draw),
            1 if !self.phones.is_empty() => drop(self.phones.remove(place)),
            _ if !self.records.is_empty() => {
                let key = PartKey::new(format!("p{}", draw.between(1, 40)));
                self.phones.push(PartRow { record: self.any_record(draw), key, values: values_of(&PHONE, draw) });
            }
            _ => {}
        }
    }

    /// A company is one row, wherever it is looked up.
    fn edit_company(&mut self, draw: &mut Draw<'_>) {
        let key = PartKey::new(format!("c{}", draw.between(1, 4)));
        let values = values_of(&COMPANY, draw);
        for row in self.companies.iter_mut().filter(|row| row.key == key) {
            row.values.clone_from(&values);
        }
    }

    fn add_record(&mut self, draw: &mut Draw<'_>) {
        let key = RecordKey::new(format!("n{}", draw.below(10)));
        self.records.push(RecordRow { key: key.clone(), values: values_of(&MAIN, draw) });
        for law in self.laws.iter_mut().filter(|law| law.shape.target == Target::Record) {
            let principal = Principal::new(draw.of(&["group:g1", "user:u1", "group:g3", "everyone", "user:u2"]));
            law.rows.push(super::RightRow { of: Arc::from(key.as_str()), principal, during: Period::ALWAYS });
        }
    }

    fn drop_record(&mut self, draw: &mut Draw<'_>) {
        let key = self.any_record(draw);
        if self.records.iter().all(|row| row.key == key) {
            return;
        }
        self.records.retain(|row| row.key != key);
        if draw.chance(60) {
            self.phones.retain(|row| row.record != key);
            self.companies.retain(|row| row.record != key);
        }
        if draw.chance(40) {
            for law in self.laws.iter_mut().filter(|law| !matches!(law.shape.target, Target::Part(_))) {
                law.rows.retain(|row| *row.of != *key.as_str());
            }
        }
    }

    fn edit_law(&mut self, draw: &mut Draw<'_>) {
        let law = draw.below(self.laws.len());
        let row = self.any_right(law, draw);
        replace(&mut self.laws[law].rows, row, draw);
    }

    fn edit_exemption(&mut self, draw: &mut Draw<'_>) {
        let law = draw.below(self.laws.len() + 1);
        let row = ExemptRow { principal: self.any_principal(draw), during: period(draw) };
        match self.laws.get_mut(law) {
            Some(law) => replace(&mut law.exempt, row, draw),
            None => replace(&mut self.field_exempt, row, draw),
        }
    }

    fn edit_bar(&mut self, draw: &mut Draw<'_>) {
        let row = BarRow { record: self.any_record(draw), principal: self.any_principal(draw), during: period(draw) };
        replace(&mut self.bars, row, draw);
    }

    fn edit_field_right(&mut self, draw: &mut Draw<'_>) {
        let row = self.any_field_right(draw);
        replace(&mut self.field_rights, row, draw);
    }

    fn edit_user(&mut self, draw: &mut Draw<'_>) {
        let place = draw.below(self.users.len());
        let key = self.users[place].key.clone();
        match draw.below(4) {
            0 => self.users[place] = super::UserRow { key, ..user(place, draw) },
            1 => self.users[place].is_active ^= true,
            2 if self.users.len() > 1 => drop(self.users.remove(place)),
            _ => {
                let new = user(20 + draw.below(5), draw);
                self.users.retain(|user| user.key != new.key);
                self.users.push(new);
            }
        }
    }

    fn edit_hold(&mut self, draw: &mut Draw<'_>) {
        let user = if draw.chance(20) { UserKey::new("u21") } else { self.any_user(draw) };
        let row = HoldRow { user, principal: self.any_group(draw), during: period(draw) };
        replace(&mut self.holds, row, draw);
    }

    /// Groups imply only later ones, so that no circle comes about.
    fn edit_implied(&mut self, draw: &mut Draw<'_>) {
        let groups = self.groups.len();
        let outer = draw.between(1, groups);
        let inner = draw.between(1, groups);
        if inner < outer {
            let group = |n: usize| Principal::new(format!("group:g{n}"));
            replace(&mut self.implies, ImplyRow { principal: group(inner), implied: group(outer), during: period(draw) }, draw);
        }
    }

    fn edit_deputy(&mut self, draw: &mut Draw<'_>) {
        if draw.chance(40) {
            let row = SeatRow { user: self.any_user(draw), during: period(draw) };
            return replace(&mut self.seats, row, draw);
        }
        let row = DeputyRow { user: self.any_user(draw), stands_for: self.any_user(draw), during: period(draw) };
        replace(&mut self.deputies, row, draw);
    }

    fn edit_subscription(&mut self, draw: &mut Draw<'_>) {
        let row = self.any_subscription(draw);
        replace(&mut self.subscriptions, row, draw);
    }

    fn edit_filter(&mut self, draw: &mut Draw<'_>) {
        let row: Stored = self.any_filter(draw);
        replace(&mut self.filters, row, draw);
    }

    fn edit_oddity(&mut self, draw: &mut Draw<'_>) {
        let record = self.any_record(draw);
        match draw.below(5) {
            4 if !self.erased_here.remove(&record) => drop(self.erased_here.insert(record)),
            4 => {}
            0 => self.erased.push(record),
            1 => drop(self.erased.pop()),
            2 => drop(self.doubtful.pop()),
            _ => self.doubtful.push(RecordDoubt { record, relation: Relation::Part("phone".to_owned()), why: "a number that is none".to_owned() }),
        }
    }

    /// Takes one right away that counts as such, if the draw finds one.
    pub fn take(&mut self, seed: &Wish) -> Option<Taken> {
        let mut draw = Draw::new(seed);
        match draw.below(10) {
            0..=3 => self.take_listing(&mut draw),
            4 | 5 => self.take_grant(&mut draw),
            6 => {
                let row = FieldRightRow { answer: Answer::Deny, during: Period::ALWAYS, ..self.any_field_right(&mut draw) };
                self.field_rights.push(row);
                Some(Taken::OfField)
            }
            7 => {
                let row = BarRow { record: self.any_record(&mut draw), principal: self.any_principal(&mut draw), during: Period::ALWAYS };
                self.bars.push(row);
                Some(Taken::OfRecord)
            }
            _ => self.take_exemption(&mut draw),
        }
    }

    /// Takes the right to read a column of phones from everybody.
    pub fn take_phones(&mut self, seed: &Wish) -> Taken {
        let mut draw = Draw::new(seed);
        let source = Source::new(draw.of(&["phone.rank", "phone.kind", "phone.number"]));
        // A grant would lift the denial.
        self.field_rights.retain(|row| row.source != source || row.answer == Answer::Deny);
        let principal = Principal::everyone();
        self.field_rights.push(FieldRightRow { principal, source, answer: Answer::Deny, record: None, during: Period::ALWAYS });
        Taken::OfField
    }

    /// The last listing of something under an open rule is a closing and no right: it stays.
    fn take_listing(&mut self, draw: &mut Draw<'_>) -> Option<Taken> {
        let number = draw.below(self.laws.len());
        let law = &mut self.laws[number];
        let place = draw.below(law.rows.len());
        let row = law.rows.get(place)?;
        let others = law.rows.iter().filter(|other| other.of == row.of).count();
        if law.shape.is_open_by_default && others == 1 {
            return None;
        }
        law.rows.remove(place);
        Some(kind(&law.shape.target))
    }

    fn take_grant(&mut self, draw: &mut Draw<'_>) -> Option<Taken> {
        let grants: Vec<usize> =
            self.field_rights.iter().enumerate().filter(|(_, row)| row.answer == Answer::Grant).map(|(place, _)| place).collect();
        if grants.is_empty() {
            return None;
        }
        self.field_rights.remove(*draw.of(&grants));
        Some(Taken::OfField)
    }

    fn take_exemption(&mut self, draw: &mut Draw<'_>) -> Option<Taken> {
        let number = draw.below(self.laws.len() + 1);
        let Some(law) = self.laws.get_mut(number) else {
            return self.field_exempt.pop().map(|_| Taken::OfField);
        };
        law.exempt.pop().map(|_| kind(&law.shape.target))
    }

    /// Makes the key of one of the records double, and suppresses it, now and then. Says whether it did.
    pub fn suppress_double(&mut self, records: &[RecordKey], seed: &Wish) -> bool {
        let mut draw = Draw::new(seed);
        if records.is_empty() || !draw.chance(35) {
            return false;
        }
        let key = draw.of(records).clone();
        let Some(row) = self.records.iter().find(|row| row.key == key).cloned() else { return false };
        let name = tree::Source::Field("name");
        let atom = match &row.values[0] {
            Value::Null => Atom::IsNull(name),
            name_value => {
                Atom::Compare { left: Operand::Of(name), comparison: Comparison::Equal, right: Operand::Literal(name_value.clone()), is_exact: true }
            }
        };
        self.shelf.suppressions.push(Tree::Atom(atom));
        self.records.push(RecordRow { values: values_of(&MAIN, &mut draw), ..row });
        true
    }

    /// Puts the rows of every relation in another order.
    pub fn shuffle(&mut self, seed: &Wish) {
        let mut draw = Draw::new(seed);
        shuffle(&mut self.users, &mut draw);
        shuffle(&mut self.groups, &mut draw);
        shuffle(&mut self.holds, &mut draw);
        shuffle(&mut self.implies, &mut draw);
        shuffle(&mut self.deputies, &mut draw);
        shuffle(&mut self.records, &mut draw);
        shuffle(&mut self.phones, &mut draw);
        shuffle(&mut self.companies, &mut draw);
        for law in &mut self.laws {
            shuffle(&mut law.rows, &mut draw);
            shuffle(&mut law.exempt, &mut draw);
        }
        shuffle(&mut self.bars, &mut draw);
        shuffle(&mut self.field_rights, &mut draw);
        shuffle(&mut self.field_exempt, &mut draw);
        shuffle(&mut self.seats, &mut draw);
        shuffle(&mut self.subscriptions, &mut draw);
        shuffle(&mut self.filters, &mut draw);
        shuffle(&mut self.erased, &mut draw);
        shuffle(&mut self.doubtful, &mut draw);
    }
}

fn kind(target: &Target) -> Taken {
    match target {
        Target::Record => Taken::OfRecord,
        Target::Part(_) => Taken::OfPart,
        Target::Source(_) => Taken::OfField,
    }
}

/// Adds the row, takes one away, or both.
fn replace<T>(rows: &mut Vec<T>, row: T, draw: &mut Draw<'_>) {
    let what = draw.below(3);
    if what > 0 && !rows.is_empty() {
        rows.remove(draw.below(rows.len()));
    }
    if what < 2 {
        rows.push(row);
    }
}

/// Turns the rows round and rotates them: every row moves, whatever the draw.
fn shuffle<T>(rows: &mut [T], draw: &mut Draw<'_>) {
    rows.reverse();
    if !rows.is_empty() {
        let places = draw.below(rows.len());
        rows.rotate_left(places);
        let (one, other) = (draw.below(rows.len()), draw.below(rows.len()));
        rows.swap(one, other);
    }
}
