//! Relations as profiles name them: the name of a relation is the name of its file without `.sql`.

use adressbote_rules::crm::Relation;

/// The name of a relation in profiles, limits and reports, such as `users` or `rule_territory_exempt`.
pub fn stem(relation: &Relation) -> String {
    match relation {
        Relation::Users => "users".to_owned(),
        Relation::Groups => "groups".to_owned(),
        Relation::Holds => "holds".to_owned(),
        Relation::Implies => "implies".to_owned(),
        Relation::Deputies => "deputies".to_owned(),
        Relation::View => "view".to_owned(),
        Relation::Part(name) => format!("part_{name}"),
        Relation::Rule(name) => format!("rule_{name}"),
        Relation::RuleExempt(name) => format!("rule_{name}_exempt"),
        Relation::Bars => "bars".to_owned(),
        Relation::FieldRights => "field_rights".to_owned(),
        Relation::FieldRightsExempt => "field_rights_exempt".to_owned(),
        Relation::Seats => "seats".to_owned(),
        Relation::Subscriptions => "subscriptions".to_owned(),
        Relation::Filters => "filters".to_owned(),
        Relation::Erased => "erased".to_owned(),
    }
}

/// The relation that a name stands for, the reverse of [`stem`]; whether a profile has such a part or rule is not asked.
pub fn named(stem: &str) -> Option<Relation> {
    let relation = match stem {
        "users" => Relation::Users,
        "groups" => Relation::Groups,
        "holds" => Relation::Holds,
        "implies" => Relation::Implies,
        "deputies" => Relation::Deputies,
        "view" => Relation::View,
        "bars" => Relation::Bars,
        "field_rights" => Relation::FieldRights,
        "field_rights_exempt" => Relation::FieldRightsExempt,
        "seats" => Relation::Seats,
        "subscriptions" => Relation::Subscriptions,
        "filters" => Relation::Filters,
        "erased" => Relation::Erased,
        other => match (other.strip_prefix("part_"), other.strip_prefix("rule_")) {
            (Some(name), _) => Relation::Part(name.to_owned()),
            (None, Some(name)) => match name.strip_suffix("_exempt") {
                Some(rule) => Relation::RuleExempt(rule.to_owned()),
                None => Relation::Rule(name.to_owned()),
            },
            (None, None) => return None,
        },
    };
    Some(relation)
}

/// Whether the first column of a relation's rows is the record that they hang on. Of a right rule that is so if its target is the record.
pub(super) fn is_of_records(relation: &Relation) -> bool {
    match relation {
        Relation::View | Relation::Part(_) | Relation::Rule(_) | Relation::Bars | Relation::Subscriptions => true,
        Relation::Users
        | Relation::Groups
        | Relation::Holds
        | Relation::Implies
        | Relation::Deputies
        | Relation::RuleExempt(_)
        | Relation::FieldRights
        | Relation::FieldRightsExempt
        | Relation::Seats
        | Relation::Filters
        | Relation::Erased => false,
    }
}
