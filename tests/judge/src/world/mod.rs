//! Random CRMs as plain values: rows, rights, wishes and a book, which become the product's [`Crm`] and [`Book`] at the end.

mod book;
mod edit;
mod grow;
mod past;
pub mod shape;
mod shown;
pub mod tree;
pub mod values;
mod wish;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adressbote_rules::book::Book;
use adressbote_rules::crm::{
    BarRow, Combine, Crm, DeputyRow, Doubt, ErasedRow, ExemptRow, FieldRightRow, FilterRow, GroupRow, HoldRow, ImplyRow, PartRow, Reading,
    RecordDoubt, RecordRow, Relation, RightRow, Rule, RuleShape, SeatRow, Silence, SubscriptionRow, UserDoubt, UserRow,
};
use adressbote_rules::filter::{Filter, FilterError, Names};
use adressbote_rules::key::{Principal, RecordKey, UserKey};
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Moment;
use adressbote_rules::value::Kind;
use adressbote_rules::view::View;

pub use book::{COUNTRY, INPUTS, MAPPED, PHONES};
pub use edit::Taken;
pub use grow::worlds;
pub use past::{Folder, ledger, pushed};
use tree::Tree;

/// A right rule of a world.
#[derive(Clone, Debug)]
pub struct Law {
    /// What it is.
    pub shape: RuleShape,
    /// Who is listed for what.
    pub rows: Vec<RightRow>,
    /// Who is exempt.
    pub exempt: Vec<ExemptRow>,
}

/// A stored filter of a world.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Whose it is.
    pub holder: Principal,
    /// For which book.
    pub book: Option<String>,
    /// What it says; none: it cannot be understood.
    pub tree: Option<Tree>,
}

/// The address book of a world.
#[derive(Clone, Debug)]
pub struct Shelf {
    /// The cap of the book.
    pub cap: u32,
    /// Caps of users and groups.
    pub caps: BTreeMap<Principal, u32>,
    /// The bound.
    pub bound: Option<Tree>,
    /// The default filter.
    pub default: Option<Tree>,
    /// The suppressions.
    pub suppressions: Vec<Tree>,
    /// Whether subscriptions come first.
    pub is_pinned: bool,
}

/// A CRM and a book as plain values.
#[derive(Clone)]
pub struct World {
    /// The shape of the records.
    pub view: Arc<View>,
    /// How field rights combine.
    pub combine: Combine,
    /// What silence means.
    pub silence: Silence,
    /// The users.
    pub users: Vec<UserRow>,
    /// The groups.
    pub groups: Vec<GroupRow>,
    /// Who holds what.
    pub holds: Vec<HoldRow>,
    /// What implies what.
    pub implies: Vec<ImplyRow>,
    /// Who stands for whom.
    pub deputies: Vec<DeputyRow>,
    /// Main rows.
    pub records: Vec<RecordRow>,
    /// Phones.
    pub phones: Vec<PartRow>,
    /// Companies as looked up.
    pub companies: Vec<PartRow>,
    /// The right rules.
    pub laws: Vec<Law>,
    /// The bars.
    pub bars: Vec<BarRow>,
    /// The field rights.
    pub field_rights: Vec<FieldRightRow>,
    /// Who is exempt from field rights.
    pub field_exempt: Vec<ExemptRow>,
    /// Candidates for seats.
    pub seats: Vec<SeatRow>,
    /// The subscriptions.
    pub subscriptions: Vec<SubscriptionRow>,
    /// The filters.
    pub filters: Vec<Stored>,
    /// The erased, as the CRM lists them.
    pub erased: Vec<RecordKey>,
    /// Those whom we took out ourselves.
    pub erased_here: BTreeSet<RecordKey>,
    /// Users doubtful alone.
    pub doubtful_users: BTreeSet<UserKey>,
    /// Records doubtful alone.
    pub doubtful: Vec<RecordDoubt>,
    /// Relations in doubt.
    pub doubts: BTreeSet<Relation>,
    /// The book.
    pub shelf: Shelf,
}

/// The book's name in every world.
pub const BOOK: &str = "contacts";

impl World {
    /// The instant and day of every pass.
    pub fn at() -> Moment {
        Moment { now: values::now(), today: values::today() }
    }

    /// The user's own columns.
    pub fn user_columns() -> BTreeMap<String, Kind> {
        wish::USER_COLUMNS.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect()
    }

    /// The keys of the users.
    pub fn user_keys(&self) -> BTreeSet<UserKey> {
        self.users.iter().map(|user| user.key.clone()).collect()
    }

    /// The keys of the records that the view has, readable or not.
    pub fn record_keys(&self) -> BTreeSet<RecordKey> {
        let unread = self.doubtful.iter().filter(|doubt| doubt.relation == Relation::View).map(|doubt| &doubt.record);
        self.records.iter().map(|row| &row.key).chain(unread).cloned().collect()
    }

    /// Those keys, and some that no record has.
    pub fn any_keys(&self) -> BTreeSet<RecordKey> {
        let mentioned = self.subscriptions.iter().map(|row| row.record.clone()).chain(self.erased.iter().cloned());
        self.record_keys().into_iter().chain(mentioned).chain([RecordKey::new("nobody")]).collect()
    }

    /// Everything that can be in doubt.
    pub fn relations(&self) -> Vec<Relation> {
        let rules = self.laws.iter().flat_map(|law| [Relation::Rule(law.shape.name.clone()), Relation::RuleExempt(law.shape.name.clone())]);
        let parts = ["phone", "company"].map(|part| Relation::Part(part.to_owned()));
        let others = [
            Relation::View,
            Relation::Users,
            Relation::Groups,
            Relation::Holds,
            Relation::Implies,
            Relation::Deputies,
            Relation::Bars,
            Relation::FieldRights,
            Relation::FieldRightsExempt,
            Relation::Seats,
            Relation::Subscriptions,
            Relation::Filters,
            Relation::Erased,
        ];
        others.into_iter().chain(rules).chain(parts).collect()
    }

    /// What the product's reading of the CRM gives.
    pub fn crm(&self) -> Crm {
        Crm {
            view: self.view.clone(),
            user_columns: Self::user_columns(),
            combine: self.combine,
            silence: self.silence,
            users: self.read(Relation::Users, &self.users),
            groups: self.read(Relation::Groups, &self.groups),
            holds: self.read(Relation::Holds, &self.holds),
            implies: self.read(Relation::Implies, &self.implies),
            deputies: self.read(Relation::Deputies, &self.deputies),
            records: self.read(Relation::View, &self.records),
            parts: vec![
                self.read(Relation::Part("phone".to_owned()), &self.phones),
                self.read(Relation::Part("company".to_owned()), &self.companies),
            ],
            rules: self.laws.iter().map(|law| self.rule(law)).collect(),
            bars: self.read(Relation::Bars, &self.bars),
            field_rights: self.read(Relation::FieldRights, &self.field_rights),
            field_rights_exempt: self.read(Relation::FieldRightsExempt, &self.field_exempt),
            seats: self.read(Relation::Seats, &self.seats),
            subscriptions: self.read(Relation::Subscriptions, &self.subscriptions),
            filters: self.read(Relation::Filters, &self.filters.iter().map(|stored| self.filter_row(stored)).collect::<Vec<_>>()),
            erased: self.read(Relation::Erased, &self.erased.iter().map(|record| ErasedRow { record: record.clone() }).collect::<Vec<_>>()),
            doubtful_records: self.doubtful.clone(),
            erased_here: self.erased_here.clone(),
            doubtful_users: self.doubtful_users.iter().map(|user| UserDoubt { user: user.clone(), why: "a date that is none".to_owned() }).collect(),
        }
    }

    /// The product's snapshot of the world.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::build(self.crm(), Self::at()).unwrap()
    }

    /// The product's address book.
    pub fn book(&self) -> Book {
        Book {
            name: BOOK.to_owned(),
            cap: self.shelf.cap,
            caps: self.shelf.caps.clone(),
            bound: self.shelf.bound.as_ref().map(|tree| self.parsed(tree)),
            default_filter: self.shelf.default.as_ref().map(|tree| self.parsed(tree)),
            suppressions: self.shelf.suppressions.iter().map(|tree| self.parsed(tree)).collect(),
            is_pinned: self.shelf.is_pinned,
            mapping: book::mapping(&self.view),
        }
    }

    fn read<T: Clone>(&self, relation: Relation, rows: &[T]) -> Reading<T> {
        let reading = Reading::counted(rows.to_vec(), Some(rows.len() as u64));
        if self.doubts.contains(&relation) { reading.doubted(Doubt::Uncounted) } else { reading }
    }

    fn rule(&self, law: &Law) -> Rule {
        let name = || law.shape.name.clone();
        Rule {
            shape: law.shape.clone(),
            rows: self.read(Relation::Rule(name()), &law.rows),
            exempt: self.read(Relation::RuleExempt(name()), &law.exempt),
        }
    }

    fn filter_row(&self, stored: &Stored) -> FilterRow {
        let filter = match &stored.tree {
            Some(tree) => Ok(self.parsed(tree)),
            None => Err(self.parse("nonsense =").unwrap_err()),
        };
        FilterRow { holder: stored.holder.clone(), book: stored.book.clone(), filter }
    }

    fn parse(&self, text: &str) -> Result<Filter, FilterError> {
        Filter::parse(text, Names { view: &self.view, user_columns: &Self::user_columns(), known: None })
    }

    fn parsed(&self, tree: &Tree) -> Filter {
        self.parse(&tree.to_string()).unwrap_or_else(|error| panic!("{tree}: {error}"))
    }
}
