//! Who is in which group: nothing is taken that could be wider than the CRM.

use super::*;

fn users() -> Table {
    table("crm_users", &["id", "login text", "mail text", "active boolean"], &[])
}

fn roles() -> Table {
    table("crm_roles", &["id", "name text"], &[])
}

fn contacts() -> Table {
    table("contacts", &["id", "last_name text", "first_name text"], &[])
}

fn points(column: &str, table: &str) -> Foreign {
    Foreign { column: column.to_owned(), schema: None, table: table.to_owned(), to: "id".to_owned() }
}

fn between(name: &str, columns: &[&str]) -> Table {
    let foreign = [("user_id", "crm_users"), ("role_id", "crm_roles")].into_iter().filter(|(column, _)| columns.contains(column));
    Table { foreign: foreign.map(|(column, table)| points(column, table)).collect(), ..table(name, &[&["id"], columns].concat(), &[]) }
}

/// What holds.sql says, and with its comments, of users, roles and these tables.
fn holds(tables: Vec<Table>) -> (String, String) {
    drafted([vec![users(), roles(), contacts()], tables].concat())("holds.sql")
}

const NOBODY: &str = "SELECT u.id AS \"user\", 'nobody' AS principal FROM crm_users u WHERE 1 = 0";

#[test]
fn one_table_at_most_is_taken_and_never_a_negative_list() {
    let plain = ["user_id", "role_id"];
    let others = ["role_excluded_users", "role_invitations", "role_requests", "users_roles_bak", "role_bans", "user_role_log", "role_favorites"];
    let mut tables: Vec<Table> = others.iter().map(|name| between(name, &plain)).collect();
    tables.push(Table { is_view: true, ..between("v_users_roles", &plain) });
    let (said, text) = holds(tables.clone());
    assert_eq!(said, NOBODY, "{text}");
    tables.push(between("crm_roles_users", &plain));
    let (said, text) = holds(tables);
    assert!(said.contains("FROM crm_roles_users m WHERE") && said.matches("FROM").count() == 1 && !said.contains("UNION"), "{text}");
    for other in &others[..6] {
        assert!(text.contains(&format!("-- not taken: {other} joins users and groups")), "{other}: {text}");
    }
    assert!(text.contains("-- proposal, memberships in role_favorites. Decide first") && !text.contains("v_users_roles"), "{text}");
    assert!(text.contains("-- fill in: its name says more than users and groups: does it make members?"), "{text}");
}

#[test]
fn two_that_are_as_good_as_each_other_are_both_asked_about() {
    let (said, text) = holds(vec![between("users_roles", &["user_id", "role_id"]), between("role_user", &["user_id", "role_id"])]);
    assert_eq!((said.as_str(), text.matches("-- proposal, memberships").count()), (NOBODY, 2), "{text}");
    // Of a table between and a column of the users' own, the table; a column that is named for something else is none.
    let mut own = users();
    own.columns.extend([column("role_id"), column("requested_role_id")]);
    let tables = |own: &Table, more: Vec<Table>| drafted([vec![own.clone(), roles(), contacts()], more].concat())("holds.sql");
    assert!(tables(&own, vec![between("users_roles", &["user_id", "role_id"])]).0.contains("FROM users_roles m WHERE"));
    let (said, text) = tables(&own, Vec::new());
    assert!(said.contains("'group:' || m.role_id AS principal") && !said.contains("requested"), "{text}");
    own.columns.retain(|column| column.name != "role_id");
    own.foreign.push(points("requested_role_id", "crm_roles"));
    let (said, text) = tables(&own, Vec::new());
    assert!(said.ends_with("WHERE 1 = 0") && text.contains("does `requested_role_id` make its user a member?"), "{text}");
}

#[test]
fn who_gave_a_role_does_not_get_it() {
    for giver in ["assigned_by", "granted_by_id", "added_by", "approved_by", "created_user_id", "author_id"] {
        let mut given = between("users_roles", &[giver, "user_id", "role_id"]);
        given.foreign.insert(0, points(giver, "crm_users"));
        let (said, text) = holds(vec![given]);
        assert!(said.starts_with("SELECT m.user_id AS \"user\"") && !said.contains(giver), "{text}");
    }
    // Of two that are no notes, none: `deputy_id` may stand in for `member_id`, or the other way round.
    let mut two = between("users_roles", &["deputy_id", "member_id", "role_id"]);
    two.foreign.extend([points("deputy_id", "crm_users"), points("member_id", "crm_users")]);
    let (said, text) = holds(vec![two]);
    assert_eq!((said.as_str(), text.matches("several columns point to users").count()), (NOBODY, 2), "{text}");
}

#[test]
fn what_is_not_understood_makes_no_members() {
    for odd in [
        "vorläufig boolean",
        "status text",
        "state int",
        "nicht_aktiv int",
        "kind text",
        "locked_until datetime",
        "valid_until int",
        "geloescht_bis date",
        "approved_from date",
        "deleted_by int",
    ] {
        let (said, text) = holds(vec![between("users_roles", &["user_id", "role_id", odd])]);
        let name = odd.split(' ').next().unwrap();
        assert!(said == NOBODY && text.contains(&format!("fill in: does `{name}` say that a row does not count")), "{odd}: {text}");
    }
    let (said, text) = holds(vec![between("users_roles", &["user_id", "role_id", "valid_from date", "start_date date", "valid_until date"])]);
    assert!(said == NOBODY && text.contains("`valid_from`") && text.contains("`start_date`") && !text.contains("`valid_until`"), "{text}");
    let (said, text) = holds(vec![between("users_roles", &["user_id", "role_id", "valid_until date", "geloescht_von int", "deleted boolean"])]);
    assert!(said.contains("NULL AS \"from\", m.valid_until AS until") && said.ends_with("AND coalesce(m.deleted, 0) = 0"), "{text}");
}

#[test]
fn nobody_is_in_a_group_that_is_put_away() {
    let groups = |mark: &str| {
        let tables = vec![users(), table("crm_roles", &["id", "name text", mark], &[]), contacts(), between("users_roles", &["user_id", "role_id"])];
        let file = drafted(tables);
        (file("holds.sql"), file("groups.sql").0)
    };
    let ((said, text), groups_said) = groups("deleted boolean");
    assert!(said.contains("JOIN crm_roles g ON g.id = m.role_id WHERE") && said.ends_with("AND coalesce(g.deleted, 0) = 0"), "{text}");
    assert!(groups_said.ends_with("FROM crm_roles g WHERE coalesce(g.deleted, 0) = 0"), "{groups_said}");
    let ((said, text), _) = groups("status text");
    assert!(said == NOBODY && text.contains("does `status` of the groups say that one does not count?"), "{text}");
}
