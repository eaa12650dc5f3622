//! The SQL that answers, for one user, which records are due to him: in the folder's order, up to his cap, with the columns that he may read.
//!
//! Several ways are tried. They differ in where the database begins: at the contacts ([`Way::Naive`]), at what could be wanted ([`Way::Union`],
//! [`Way::Candidates`]) or at the order ([`Way::Walk`]).

use crate::world::wish::{Shape, list, quoted};
use crate::world::{CAP, Order, User, World};

/// A database's SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A way to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// As it is said: each contact that he may see, if subscribed or filtered. The rights are joined from the tables themselves.
    Naive,
    /// The union of what is subscribed and what is filtered, joined with the visible.
    Union,
    /// Subscribed or filtered first, by index; then the rights of each candidate, one at a time; then the contact.
    Candidates,
    /// The contacts in the folder's order, until the cap is reached: each is looked at for wish and rights.
    Walk,
    /// As [`Way::Candidates`] or [`Way::Walk`], the rights being the database's own policies.
    Policy,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Naive, Self::Union, Self::Candidates, Self::Walk, Self::Policy];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Naive => "naive",
            Self::Union => "union",
            Self::Candidates => "candidates",
            Self::Walk => "walk",
            Self::Policy => "policy",
        }
    }
}

/// The columns of a contact.
pub const COLUMNS: [&str; 23] = [
    "id",
    "last_name",
    "first_name",
    "company",
    "salutation",
    "title",
    "department",
    "job_title",
    "street",
    "postcode",
    "city",
    "country",
    "phone",
    "mobile",
    "mail",
    "website",
    "birthday",
    "industry",
    "region",
    "owner",
    "revenue",
    "last_activity",
    "notes",
];

/// What a statement is made of.
#[derive(Clone, Debug)]
pub struct Question<'w> {
    /// Who asks.
    pub user: &'w User,
    /// What he holds.
    pub held: Vec<String>,
    dialect: Dialect,
}

impl<'w> Question<'w> {
    /// What a user asks.
    pub fn new(world: &World, user: &'w User, dialect: Dialect) -> Self {
        Self { user, held: world.held(user), dialect }
    }

    /// How his filter is best looked up.
    pub fn shape(&self) -> Shape {
        self.user.wish.as_ref().map_or(Shape::None, |wish| wish.shape(self.user))
    }

    /// The statement that asks in this way.
    pub fn sql(&self, way: Way) -> String {
        let (payload, rank) = (self.payload(), Order::of(self.user.masked()).column());
        let cap = self.user.cap.unwrap_or(CAP);
        let from = match way {
            Way::Naive => self.naive(),
            Way::Union => self.union(),
            Way::Candidates => self.candidates(),
            Way::Walk => format!("FROM contact c{} WHERE ({}) AND {}", self.in_order(), self.wanted(), self.visible("c.id")),
            Way::Policy if self.shape() == Shape::Broad => format!("FROM contact c WHERE ({})", self.wanted()),
            Way::Policy => format!("FROM ({}) k{}", self.wished(), self.joined("k")),
        };
        match way {
            Way::Naive | Way::Union => format!("SELECT {payload} {from} ORDER BY c.{rank} LIMIT {cap}"),
            // The choice is made in indexes; the contacts are read when it is made.
            Way::Candidates | Way::Walk | Way::Policy => {
                let due = format!("SELECT c.id, c.{rank} AS place {from} ORDER BY c.{rank} LIMIT {cap}");
                format!("SELECT {payload} FROM ({due}) due{} ORDER BY due.place", self.joined("due"))
            }
        }
    }

    /// What must be said before the statement.
    pub fn begin(&self, way: Way) -> String {
        match way {
            Way::Policy => format!("SET ROLE evaluation_reader; SET evaluation.held = {}", quoted(&self.held.join(","))),
            Way::Naive | Way::Union | Way::Candidates | Way::Walk => String::new(),
        }
    }

    /// What must be said after it.
    pub fn end(&self, way: Way) -> &'static str {
        match way {
            Way::Policy => "RESET ROLE",
            Way::Naive | Way::Union | Way::Candidates | Way::Walk => "",
        }
    }

    /// His principals as SQL writes a list.
    fn principals(&self) -> String {
        list(&self.held)
    }

    /// The columns, those that he may not read as NULL.
    fn payload(&self) -> String {
        let column = |column: &&str| if self.user.masked().contains(column) { format!("NULL AS {column}") } else { format!("c.{column}") };
        COLUMNS.iter().map(column).collect::<Vec<_>>().join(", ")
    }

    /// His filter as a condition over `c`, if he has one that can hold.
    fn filter(&self) -> Option<String> {
        let unknown = match self.dialect {
            Dialect::Sqlite => "NULL",
            Dialect::Postgres => "NULL::boolean",
        };
        self.user.wish.as_ref().filter(|_| self.shape() != Shape::None).map(|wish| wish.sql(self.user, unknown))
    }

    /// What keeps the planner from joining what is to be asked for one row at a time.
    fn fence(&self) -> &'static str {
        match self.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " OFFSET 0",
        }
    }

    /// Whether rights let him see the record with this key: looked up for one record at a time. The few principals listed for it are read and compared; that
    /// costs less than to look for each that he holds.
    fn visible(&self, key: &str) -> String {
        let (held, fence) = (self.principals(), self.fence());
        let listed = match self.dialect {
            Dialect::Sqlite => format!("+r.principal IN ({held})"),
            Dialect::Postgres => format!("(r.principal IN ({held})) IS TRUE"),
        };
        format!(
            "EXISTS (SELECT 1 FROM contact_right r WHERE r.contact_id = {key} AND {listed}{fence}) \
             AND (NOT EXISTS (SELECT 1 FROM contact_secret r WHERE r.contact_id = {key}{fence}) \
             OR EXISTS (SELECT 1 FROM contact_secret r WHERE r.contact_id = {key} AND {listed}{fence}))"
        )
    }

    /// The keys of what is subscribed for him.
    fn subscribed(&self) -> String {
        format!("SELECT contact_id AS id FROM subscription WHERE principal IN ({})", self.principals())
    }

    /// The keys of what is subscribed for him or fits his filter.
    fn wished(&self) -> String {
        let subscribed = self.subscribed();
        let filtered = self.filter().map(|filter| format!("SELECT c.id FROM contact c WHERE {filter}"));
        match self.dialect {
            // It keeps a union sorted, so that what is looked up by key lies near what was before.
            Dialect::Sqlite => match filtered {
                Some(filtered) => format!("{subscribed} UNION {filtered}"),
                None => format!("SELECT DISTINCT contact_id AS id FROM subscription WHERE principal IN ({}) ORDER BY id", self.principals()),
            },
            // It would hash the keys, and so scatter them.
            Dialect::Postgres => {
                let all = filtered.map_or(subscribed.clone(), |filtered| format!("{subscribed} UNION ALL {filtered}"));
                format!("SELECT DISTINCT ON (id) id FROM ({all}) w ORDER BY id")
            }
        }
    }

    /// What makes the database walk the contacts in their order; PostgreSQL does by itself.
    fn in_order(&self) -> String {
        match self.dialect {
            Dialect::Sqlite => format!(" INDEXED BY contact_{}", Order::of(self.user.masked()).column()),
            Dialect::Postgres => String::new(),
        }
    }

    /// Whether contact `c` is subscribed for him or fits his filter.
    fn wanted(&self) -> String {
        let subscribed = format!("c.id IN ({})", self.subscribed());
        match self.filter() {
            Some(filter) => format!("({filter}) OR {subscribed}"),
            None => subscribed,
        }
    }

    /// The contacts of keys.
    fn joined(&self, keys: &str) -> String {
        match self.dialect {
            // SQLite keeps the order in which tables stand in a CROSS JOIN.
            Dialect::Sqlite => format!(" CROSS JOIN contact c ON c.id = {keys}.id"),
            Dialect::Postgres => format!(" JOIN contact c ON c.id = {keys}.id"),
        }
    }

    fn naive(&self) -> String {
        let held = self.principals();
        let subscribed = format!("EXISTS (SELECT 1 FROM subscription s WHERE s.contact_id = c.id AND s.principal IN ({held}))");
        let filter = self.filter().map_or(subscribed.clone(), |filter| format!("{subscribed} OR ({filter})"));
        format!(
            "FROM contact c WHERE ({filter}) AND EXISTS (SELECT 1 FROM contact_right r WHERE r.contact_id = c.id AND r.principal IN ({held})) \
             AND (NOT EXISTS (SELECT 1 FROM contact_secret r WHERE r.contact_id = c.id) \
             OR EXISTS (SELECT 1 FROM contact_secret r WHERE r.contact_id = c.id AND r.principal IN ({held})))"
        )
    }

    fn union(&self) -> String {
        let (held, wished) = (self.principals(), self.wished());
        format!(
            "FROM ({wished}) k JOIN contact c ON c.id = k.id WHERE k.id IN (SELECT contact_id FROM contact_right WHERE principal IN ({held})) \
             AND (k.id NOT IN (SELECT contact_id FROM contact_secret) OR k.id IN (SELECT contact_id FROM contact_secret WHERE principal IN ({held})))"
        )
    }

    fn candidates(&self) -> String {
        let (wished, visible, fence) = (self.wished(), self.visible("k.id"), self.fence());
        match self.dialect {
            Dialect::Sqlite => format!("FROM ({wished}) k{} WHERE {visible}", self.joined("k")),
            Dialect::Postgres => format!("FROM (SELECT k.id FROM ({wished}) k WHERE {visible}{fence}) v{}", self.joined("v")),
        }
    }
}
