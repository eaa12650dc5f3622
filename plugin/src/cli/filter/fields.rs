//! `filter fields`: the names that filters may use.

use adressbote_rules::explain::Asker;
use adressbote_rules::key::UserKey;
use adressbote_rules::person::Person;
use adressbote_rules::value::Type;
use chrono::Utc;
use serde::Serialize;

use crate::cli::Desk;
use crate::cli::asker;
use crate::cli::exit::Exit;
use crate::cli::output::table;
use crate::worker::reading;

/// Whose names.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the fields that this user may know
    #[arg(long, value_name = "USER")]
    as_user: Option<String>,
}

/// A name that filters may use.
#[derive(Debug, Serialize)]
struct Name {
    name: String,
    kind: &'static str,
    is_list: bool,
}

/// Names with their types.
type Typed = Vec<(String, Type)>;

/// Lists the names.
///
/// # Errors
/// When there is no such user.
pub async fn run(args: Args, desk: &Desk) -> anyhow::Result<Exit> {
    let app = desk.open().await?;
    let view = app.profile.view();
    let built_in = Person::BUILT_IN.map(|(name, ty)| (name.to_owned(), ty));
    let column = |(name, kind): (&String, &adressbote_rules::value::Kind)| (name.clone(), Type { kind: *kind, many: false });
    let (fields, columns): (Typed, Typed) = match args.as_user.map(UserKey::new) {
        None => (view.fields().iter().map(|field| (field.name.clone(), field.ty)).collect(), app.profile.user_columns().iter().map(column).collect()),
        Some(user) => {
            let reading = reading::take(&app, Utc::now()).await?;
            let viewer = asker::viewer(&reading.snapshot, &user, &Asker::User(user.clone()))?;
            let known = view.numbered_fields().filter(|(id, _)| viewer.general_mask().reads(*id));
            (known.map(|(_, field)| (field.name.clone(), field.ty)).collect(), viewer.user_columns().iter().map(column).collect())
        }
    };
    let quoted = |name: &str| if name.chars().all(|one| one.is_alphanumeric() || one == '_') { name.to_owned() } else { format!("\"{name}\"") };
    let of_view = fields.iter().map(|(name, ty)| (quoted(name), *ty));
    let of_user = built_in.iter().chain(&columns).map(|(name, ty)| (format!("user.{}", quoted(name)), *ty));
    let names: Vec<Name> = of_view.chain(of_user).map(|(name, ty)| Name { name, kind: ty.kind.word(), is_list: ty.many }).collect();
    desk.output.show(&names, |names| {
        let kind = |name: &Name| if name.is_list { format!("several {}", name.kind) } else { name.kind.to_owned() };
        table(["name", "kind"], names.iter().map(|name| [name.name.clone(), kind(name)]), "There are no fields.")
    })?;
    Ok(Exit::Done)
}
