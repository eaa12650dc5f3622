//! Noninterference over one connection: what a user is given is the same whoever was asked before him, and whatever became of them.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_schema::crm::Read;
use adressbote_servers::{Base, on_each_server};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::as_user_crm::{alone, case, given, settings};

on_each_server!(what_a_user_is_given_is_his_alone,);

const WORLDS: u64 = 50;
const USERS: u32 = 6;
const CONTACTS: u32 = 10;
const TENANTS: [&str; 2] = ["nord", "süd"];

#[derive(Clone, Debug, PartialEq)]
struct User {
    tenant: Option<&'static str>,
    mood: Option<&'static str>,
    teams: BTreeSet<u32>,
    is_active: bool,
    place: u32,
}

#[derive(Clone, Debug)]
struct Contact {
    owner: u32,
    team: u32,
    tenant: &'static str,
}

#[derive(Clone, Debug)]
struct World {
    users: Vec<User>,
    contacts: Vec<Contact>,
}

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32) as usize]
    }

    fn user(&mut self) -> User {
        let teams = (0..self.below(3)).map(|_| self.below(3)).collect();
        let tenant = if self.below(8) == 0 { None } else { Some(self.one_of(&TENANTS)) };
        let mood = self.one_of(&[None, None, None, None, Some("raises"), Some("raises later")]);
        User { tenant, mood, teams, is_active: self.below(8) > 0, place: self.below(100) }
    }

    fn contact(&mut self) -> Contact {
        Contact { owner: self.below(USERS), team: self.below(4), tenant: self.one_of(&TENANTS) }
    }

    fn world(&mut self) -> World {
        World { users: (0..USERS).map(|_| self.user()).collect(), contacts: (0..CONTACTS).map(|_| self.contact()).collect() }
    }

    /// Another world in which everything of one user is the same: his own row and groups, and what he sees.
    fn elsewhere(&mut self, world: &World, user: u32) -> World {
        let users =
            (0..USERS).map(|one| if one == user { User { place: self.below(100), ..world.users[one as usize].clone() } } else { self.user() });
        let users: Vec<User> = users.collect();
        let hidden = |contact: &Contact| !world.sees(user, contact);
        let contacts = world.contacts.iter().map(|contact| {
            let other = self.contact();
            if hidden(contact) && hidden(&other) { other } else { contact.clone() }
        });
        World { contacts: contacts.collect(), users }
    }
}

impl World {
    fn sees(&self, user: u32, contact: &Contact) -> bool {
        let one = &self.users[user as usize];
        one.tenant == Some(contact.tenant) && (contact.owner == user || one.teams.contains(&contact.team))
    }

    /// Whether the database answers as the user: a policy that raises does so only where it is asked about a row.
    fn is_answered(&self, user: u32) -> bool {
        let one = &self.users[user as usize];
        let asked = |from: usize| self.contacts.iter().skip(from).any(|contact| one.tenant == Some(contact.tenant));
        one.tenant.is_some()
            && match one.mood {
                Some("raises") => !asked(0),
                Some(_) => !asked(5),
                None => true,
            }
    }

    /// What everyone is given, by the rights as we understand them.
    fn wanted(&self) -> BTreeMap<String, BTreeSet<String>> {
        let given = |user: u32| -> BTreeSet<String> {
            let seen = (100_u32..).zip(&self.contacts).filter(|(_, contact)| self.sees(user, contact));
            seen.map(|(id, _)| id.to_string()).collect()
        };
        let asked = (0..USERS).filter(|user| self.users[*user as usize].is_active && self.is_answered(*user));
        asked.map(|user| (user.to_string(), given(user))).filter(|(_, given)| !given.is_empty()).collect()
    }

    fn doubtful(&self) -> BTreeSet<String> {
        (0..USERS).filter(|user| self.users[*user as usize].is_active && !self.is_answered(*user)).map(|user| user.to_string()).collect()
    }

    fn script(&self) -> String {
        let text = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
        let users = (0..).zip(&self.users).map(|(id, user): (u32, _)| {
            let (tenant, mood) = (text(user.tenant), text(user.mood));
            format!("({id}, 'u{id}', NULL, {}, true, {tenant}, NULL, {mood}, {})", user.is_active, user.place)
        });
        let teams = (0..).zip(&self.users).flat_map(|(id, user): (u32, _)| user.teams.iter().map(move |team| format!("({id}, {team})")));
        let contacts = (100..).zip(&self.contacts).map(|(id, Contact { owner, team, tenant })| format!("({id}, {owner}, {team}, '{tenant}', 'x')"));
        let tables = [("worker", users.collect::<Vec<_>>()), ("membership", teams.collect()), ("every_contact", contacts.collect())];
        let filled =
            tables.iter().filter(|(_, rows)| !rows.is_empty()).map(|(table, rows)| format!("; INSERT INTO {table} VALUES {}", rows.join(", ")));
        format!("BEGIN; DELETE FROM worker; DELETE FROM membership; DELETE FROM every_contact{}; COMMIT", filled.collect::<String>())
    }

    fn agrees(&self, read: &Read) {
        let rows = &read.crm.rules[0].rows;
        let doubtful: BTreeSet<String> = read.crm.doubtful_users.iter().map(|doubt| doubt.user.to_string()).collect();
        if rows.doubt().is_some() {
            let is_active = |user: &User| user.is_active;
            assert_eq!(self.doubtful().len(), self.users.iter().filter(|user| is_active(user)).count(), "{:?} {self:?}", rows.doubt());
            assert!(rows.rows().is_empty() && doubtful.is_empty());
        } else {
            assert_eq!(given(read), self.wanted(), "{self:?}");
            assert_eq!(doubtful, self.doubtful(), "{self:?}");
        }
    }
}

async fn what_a_user_is_given_is_his_alone(kind: Base) {
    let case = case(kind).await;
    let (profile, source) = (case.profile(), case.source().await);
    let read = async || crate::streamed::read(&profile, &source, &Default::default(), None).await.unwrap();
    let mut writer = case.writer().await;
    let (mut asked_alone, mut compared) = (0, 0);
    for seed in 0..WORLDS {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
        let world = dice.world();
        writer.run(&world.script()).await;
        let here = read().await;
        world.agrees(&here);
        let user = dice.below(USERS);
        let his = |read: &Read| given(read).remove(&user.to_string()).unwrap_or_default();
        let one = &world.users[user as usize];
        if let (Some(tenant), true, true) = (one.tenant, one.is_active, world.is_answered(user)) {
            assert_eq!(his(&here), alone(&case, &settings(kind, &user.to_string(), tenant)).await, "seed {seed}, user {user}");
            asked_alone += 1;
        }
        let elsewhere = dice.elsewhere(&world, user);
        writer.run(&elsewhere.script()).await;
        let there = read().await;
        elsewhere.agrees(&there);
        assert_eq!(his(&here), his(&there), "seed {seed}, user {user}");
        compared += usize::from(!his(&here).is_empty());
    }
    assert!(asked_alone > 20 && compared > 12, "{asked_alone} {compared}: the worlds must not be empty");
}
