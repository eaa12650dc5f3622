//! What Tryton's own ORM showed each user, as `tests/tryton/oracle.py` wrote it down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use adressbote_rules::key::{RecordKey, UserKey};
use serde_json::Value as Json;

/// The answer of the ORM.
pub struct Oracle {
    /// How many parties were entered, visible or not.
    pub entered: u64,
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

/// Where `tests/tryton/prepare` puts what it makes.
pub fn database() -> PathBuf {
    made("tryton.sqlite")
}

fn made(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tryton").join(name);
    assert!(path.is_file(), "run tests/tryton/prepare first (tests/run does): {} is missing", path.display());
    path
}

impl Oracle {
    pub fn load() -> Self {
        let oracle: Json = serde_json::from_str(&std::fs::read_to_string(made("oracle.json")).unwrap()).unwrap();
        Self {
            entered: oracle["made"]["parties"].as_u64().unwrap(),
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
        (1..=self.entered).map(|id| RecordKey::new(id.to_string()))
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
