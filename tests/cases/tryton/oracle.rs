//! What Tryton's own ORM showed each user, as `tests/tryton/oracle.py` wrote it down.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::key::{RecordKey, UserKey};
use serde_json::Value as Json;

use super::base::Base;

/// The answer of the ORM.
pub struct Oracle {
    /// The highest number of a party, visible or not.
    pub last: u64,
    /// The users, root excepted.
    pub users: Vec<OracleUser>,
    readings: Vec<Json>,
}

/// A user, and what he reads.
pub struct OracleUser {
    pub key: UserKey,
    pub login: String,
    pub name: Json,
    pub mail: String,
    pub is_active: bool,
    pub is_administrator: bool,
    pub groups: BTreeSet<String>,
    /// The fields that he may not read, as `model.field`.
    pub denied: BTreeSet<String>,
    readings: BTreeMap<RecordKey, usize>,
}

impl Oracle {
    pub fn load(kind: Base) -> Self {
        let made = kind.made("oracle.json", "oracle.postgres.json");
        let oracle: Json = serde_json::from_str(&std::fs::read_to_string(made).unwrap()).unwrap();
        Self {
            last: oracle["made"]["last"].as_u64().unwrap(),
            users: oracle["users"].as_array().unwrap().iter().map(OracleUser::new).collect(),
            readings: oracle["readings"].as_array().unwrap().clone(),
        }
    }

    /// The parties that a user sees, each as he reads it.
    pub fn parties<'o>(&'o self, user: &'o OracleUser) -> BTreeMap<&'o RecordKey, &'o Json> {
        user.readings.iter().map(|(record, reading)| (record, &self.readings[*reading])).collect()
    }

    /// The keys of all parties, hidden ones included: Tryton numbers them from 1.
    pub fn all_records(&self) -> impl Iterator<Item = RecordKey> {
        (1..=self.last).map(|id| RecordKey::new(id.to_string()))
    }

    /// All readings of each party, whoever's.
    pub fn readings_by_party(&self) -> BTreeMap<RecordKey, Vec<&Json>> {
        let mut by_party: BTreeMap<RecordKey, Vec<&Json>> = BTreeMap::new();
        for reading in &self.readings {
            by_party.entry(RecordKey::new(reading["party"]["id"].to_string())).or_default().push(reading);
        }
        by_party
    }
}

impl OracleUser {
    fn new(user: &Json) -> Self {
        let text = |name: &str| user[name].as_str().unwrap().to_owned();
        Self {
            key: UserKey::new(user["id"].to_string()),
            login: text("login"),
            name: user["name"].clone(),
            mail: text("email"),
            is_active: user["active"].as_bool().unwrap(),
            is_administrator: user["administrator"].as_bool().unwrap(),
            groups: user["groups"].as_array().unwrap().iter().map(Json::to_string).collect(),
            denied: user["denied"].as_array().unwrap().iter().map(|field| field.as_str().unwrap().to_owned()).collect(),
            readings: user["parties"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(id, reading)| (RecordKey::new(id), usize::try_from(reading.as_u64().unwrap()).unwrap()))
                .collect(),
        }
    }

    pub fn reads(&self, field: &str) -> bool {
        !self.denied.contains(field)
    }
}
