//! Rules that the profile does not know: nothing is shown that was not shown before, the relation is doubtful, and `profile check` names the rule.

use std::collections::BTreeSet;

use adressbote_rules::crm::Rule;
use adressbote_schema::crm::{CrmSource, Own, Patience, Read, read};
use adressbote_schema::profile::Profile;

use super::base::{Base, Copy};

/// Model, whether the rule group is global, domain; each something that Tryton understands and the profile does not.
const STRANGE: [(&str, bool, &str); 22] = [
    ("party.party", false, r#"[["code", "like", "4%"]]"#),
    ("party.party", false, r#"[["addresses.postal_code", "like", "%4"]]"#),
    ("party.party", false, r#"[["addresses.postal_code", "like", "A%"]]"#),
    ("party.party", false, r#"[["name", "ilike", "%GmbH%"]]"#),
    ("party.party", false, r#"[["id", ">", 17]]"#),
    ("party.party", false, r#"[["id", "=", "17"]]"#),
    ("party.party", false, r#"[["addresses.country.code", "!=", "AT"]]"#),
    ("party.party", false, r#"[["addresses.country.code", "not in", ["AT"]]]"#),
    ("party.party", false, r#"[["addresses", "not where", [["city", "=", "Wien"]]]]"#),
    ("party.party", false, r#"[["categories", "where", [["name", "=", "Presse"], ["active", "=", true]]]]"#),
    ("party.party", false, r#"[["categories", "parent_of", [1], "parent"]]"#),
    ("party.party", false, r#"[["create_uid", "=", {"__class__": "Eval", "v": "user_id", "d": -1}]]"#),
    ("party.party", false, r#"[["id", "in", {"__class__": "Eval", "v": "companies", "d": []}]]"#),
    ("party.party", false, r#"["OR", [["id", "=", 17]], [["identifiers.code", "=", "1"]]]"#),
    ("party.party", false, r#"[{"__class__": "If", "c": {"__class__": "Equal", "s1": 1, "s2": 1}, "t": [], "e": [["id", "=", 1]]}]"#),
    ("party.party", false, r#"[{"__class__": "If", "c": {"__class__": "Eval", "v": "groups", "d": []}, "t": [], "e": [["id", "=", 1]]}]"#),
    ("party.party", true, r#"[["categories.name", "!=", "Presse"]]"#),
    ("party.party", true, r#"[["lang.code", "=", "de"]]"#),
    ("party.address", false, r#"[["party.addresses.city", "=", "Wien"]]"#),
    ("party.address", true, r#"[["street_name", "=", "Obere Laube"]]"#),
    ("party.contact_mechanism", false, r#"[["value", "like", "+43%"]]"#),
    ("party.contact_mechanism", true, r#"[["address.city", "=", "Wien"]]"#),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_strange_rule_shows_nothing_and_is_named_on_sqlite() {
    a_strange_rule_shows_nothing_and_is_named(Base::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strange_rule_shows_nothing_and_is_named_on_postgresql() {
    a_strange_rule_shows_nothing_and_is_named(Base::Postgres).await;
}

async fn a_strange_rule_shows_nothing_and_is_named(kind: Base) {
    let profile = Profile::embedded("tryton").unwrap();
    let mut database = Copy::of(kind).await;
    // As little as will do, for everything is read again for each rule.
    for table in ["party_contact_mechanism", "party_address", "\"party_party-party_category\"", "party_party"] {
        database.run(&format!("DELETE FROM {table} WHERE {} > 150", if table == "party_party" { "id" } else { "party" })).await;
    }
    let before = taken(&profile, &database).await.crm;
    for (model, is_global, domain) in STRANGE {
        let group = format!("model = '{model}' AND perm_read AND {}", if is_global { "global_p" } else { "NOT global_p AND NOT default_p" });
        let group = format!("SELECT max(rule_group) FROM ir_rule WHERE rule_group IN (SELECT id FROM ir_rule_group WHERE {group})");
        database.run(&format!("INSERT INTO ir_rule (id, rule_group, domain) SELECT 901, ({group}), '{domain}'")).await;
        let read = taken(&profile, &database).await;

        let said: Vec<(String, String)> = read.report(&profile).relations.into_iter().filter_map(|one| Some((one.name, one.doubt?))).collect();
        let part = model.strip_prefix("party.").unwrap().replace("contact_", "").replace("party", "");
        let relation = ["rule", &part, if is_global { "global" } else { "group" }].join("_").replace("__", "_");
        let [(doubtful, sentence)] = &said[..] else { panic!("{domain}: {said:?}") };
        assert_eq!(*doubtful, relation, "{domain}");
        assert!(sentence.contains("rule 901 of rule group ") && sentence.contains(&format!(" on {model} has a domain that")), "{domain}: {sentence}");

        for (rule, was) in read.crm.rules.iter().zip(&before.rules) {
            let gained: Vec<_> = listed(rule).difference(&listed(was)).cloned().collect();
            assert!(gained.is_empty(), "{domain}: rule {} gained {gained:?}", rule.shape.name);
            assert_eq!(rule.exempt.rows(), was.exempt.rows(), "{domain}");
        }
        assert_eq!(read.crm.holds.rows(), before.holds.rows(), "{domain}");
        database.run("DELETE FROM ir_rule WHERE id = 901").await;
    }
}

async fn taken(profile: &Profile, database: &Copy) -> Read {
    let source = CrmSource::open(&database.address.parse().unwrap(), Patience::default()).await.unwrap();
    read(profile, &source, &Own::default(), None).await.unwrap()
}

/// What a rule shows whom.
fn listed(rule: &Rule) -> BTreeSet<(String, String)> {
    rule.rows.rows().iter().map(|row| (row.of.to_string(), row.principal.to_string())).collect()
}
