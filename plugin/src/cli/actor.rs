//! Who sits at the keyboard, for the audit: the account that runs the program, not what anybody calls himself.

use adressbote_rules::explain::Asker;
use adressbote_schema::state::By;

/// The account that acts, with its reason.
pub fn by(why: Option<&str>) -> By {
    By { actor: account(), why: why.map(str::to_owned) }
}

/// A reason that the command line gives; an empty one is none.
pub fn reason(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() { Err("say why, in a few words") } else { Ok(text.trim().to_owned()) }
}

/// The account's name; who became it by `sudo` is named too.
#[cfg(unix)]
fn account() -> String {
    use std::os::unix::fs::MetadataExt;
    let Ok(uid) = std::fs::metadata("/proc/self").map(|found| found.uid()) else { return from_environment() };
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut words = line.split(':');
        let (name, _, id) = (words.next()?, words.next()?, words.next()?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    });
    let name = name.unwrap_or_else(|| format!("uid {uid}"));
    match std::env::var("SUDO_USER") {
        Ok(before) if uid == 0 && before != name => format!("{name} (sudo by {before})"),
        Ok(_) | Err(_) => name,
    }
}

#[cfg(not(unix))]
fn account() -> String {
    from_environment()
}

fn from_environment() -> String {
    ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_else(|| "unknown account".to_owned())
}

/// Who acts when a user acts for himself: he, through the account that runs the program.
pub fn by_asker(asker: &Asker, why: Option<&str>) -> By {
    let By { actor, why } = by(why);
    match asker {
        Asker::Operator => By { actor, why },
        Asker::User(user) => By { actor: format!("user {user} (through {actor})"), why },
    }
}
