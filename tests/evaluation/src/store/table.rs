//! The tables of the CRM and their rows.

use crate::world::{FIRST_KEY, MASKS, Ranks, Record, Spelled, World, fold, group_key, role_key};

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Real(f64),
    /// A truth value.
    Bool(bool),
    /// Text, or a day as text.
    Text(String),
}

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// The contacts, with what only the baseline uses: folded texts and ranks.
    Contact,
    /// The users.
    User,
    /// The groups.
    Group,
    /// Who is in which group.
    Member,
    /// Rule `territory`.
    Right,
    /// Rule `confidentiality`.
    Secret,
    /// Which fields may be read.
    FieldRight,
    /// The subscriptions.
    Subscription,
    /// The filters.
    Filter,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 9] =
        [Self::User, Self::Group, Self::Member, Self::FieldRight, Self::Filter, Self::Contact, Self::Right, Self::Secret, Self::Subscription];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::User => "crm_user",
            Self::Group => "user_group",
            Self::Member => "group_member",
            Self::Right => "contact_right",
            Self::Secret => "contact_secret",
            Self::FieldRight => "field_right",
            Self::Subscription => "subscription",
            Self::Filter => "address_book_filter",
        }
    }
}

/// The rows of a table.
pub fn rows<'w>(world: &'w World, ranks: &'w Ranks, table: Table) -> Box<dyn Iterator<Item = Vec<Cell>> + Send + 'w> {
    let records = 0..world.size.records();
    match table {
        Table::Contact => Box::new(records.map(|number| contact(world, ranks, &world.record(number)))),
        Table::Right => Box::new(records.flat_map(|number| of_record(number, world.territory(number)))),
        Table::Secret => Box::new(records.flat_map(|number| of_record(number, world.confidentiality(number)))),
        Table::Subscription => Box::new(records.flat_map(|number| subscriptions(world, number))),
        Table::User => Box::new(world.users.iter().map(|user| {
            let flags = [Cell::Bool(user.is_active), Cell::Bool(user.is_internal)];
            let texts = [user.key(), user.login(), user.mail(), user.region.to_owned(), user.department.to_owned()].map(Cell::Text);
            texts.into_iter().chain(flags).collect()
        })),
        Table::Group => {
            let parent = |parent: Option<usize>| parent.map_or(Cell::Null, |parent| Cell::Text(group_key(parent)));
            let group = move |(number, parents): (usize, Option<usize>)| {
                vec![Cell::Text(group_key(number)), Cell::Text(format!("Gruppe {number}")), parent(parents)]
            };
            let roles = (0..MASKS.len()).map(|role| vec![Cell::Text(role_key(role)), Cell::Text(format!("Rolle {role}")), Cell::Null]);
            Box::new(world.groups.iter().map(|group| group.parent).enumerate().map(group).chain(roles))
        }
        Table::Member => Box::new(world.users.iter().flat_map(|user| {
            let groups = user.groups.iter().map(|group| group_key(*group)).chain([role_key(user.role)]);
            groups.map(|group| vec![Cell::Text(user.key()), Cell::Text(group)]).collect::<Vec<_>>()
        })),
        Table::FieldRight => Box::new((0_usize..).zip(MASKS).flat_map(|(role, masked)| {
            let row = move |field: &&str| vec![Cell::Text(format!("group:{}", role_key(role))), Cell::Text((*field).to_owned()), Cell::Bool(false)];
            masked.iter().map(row).collect::<Vec<_>>()
        })),
        Table::Filter => Box::new(world.users.iter().filter_map(|user| {
            let wish = user.wish.as_ref()?;
            Some(vec![Cell::Text(format!("user:{}", user.key())), Cell::Text(wish.text())])
        })),
    }
}

fn key(number: usize) -> Cell {
    i64::try_from(FIRST_KEY + number).map_or(Cell::Null, Cell::Int)
}

fn of_record(number: usize, principals: Vec<String>) -> Vec<Vec<Cell>> {
    principals.into_iter().map(|principal| vec![key(number), Cell::Text(principal)]).collect()
}

fn subscriptions(world: &World, number: usize) -> Vec<Vec<Cell>> {
    let by = world.users.get(number % world.users.len()).map_or(Cell::Null, |user| Cell::Text(user.key()));
    let row = |principal| vec![key(number), Cell::Text(principal), by.clone()];
    world.subscribed(number).into_iter().map(row).collect()
}

fn contact(world: &World, ranks: &Ranks, record: &Record) -> Vec<Cell> {
    let text = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    let word = |word: Option<&'static str>| word.map_or(Cell::Null, |word| Cell::Text(word.to_owned()));
    let spelled = |list: &[String], spelled: Option<Spelled>| spelled.map(|spelled| World::spelled(list, spelled));
    let (last, first) = (spelled(&world.words.last.list, record.last), spelled(&world.words.first.list, record.first));
    let (company, city) = (spelled(&world.words.company.list, record.company), spelled(&world.words.city.list, record.city));
    let folded = [&city, &last, &company].map(|found| text(found.as_deref().map(fold)));
    let mut row = vec![
        key(record.key - FIRST_KEY),
        text(last),
        text(first),
        text(company),
        word(record.salutation),
        word(record.title),
        word(record.department),
        word(record.job_title),
        text(record.street.clone()),
        text(record.postcode.clone()),
        text(city),
        word(record.country),
        text(record.phone.clone()),
        text(record.mobile.clone()),
        text(record.mail.clone()),
        text(record.website.clone()),
        text(record.birthday.map(|day| day.to_string())),
        word(record.industry),
        word(record.region),
        text(record.owner.clone()),
        record.revenue.map_or(Cell::Null, Cell::Real),
        text(record.last_activity.map(|day| day.to_string())),
        text(record.notes.clone()),
    ];
    row.extend(folded);
    row.extend(ranks.of(record).map(|rank| Cell::Int(i64::from(rank))));
    row
}
