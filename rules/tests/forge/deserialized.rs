//! Neither a visible record nor a due contact comes from outside.
use adressbote_rules::due::DueContact;
use adressbote_rules::ledger::Brought;

pub fn read(text: &str) {
    let brought: Option<Brought> = serde_json::from_str(text).ok();
    let contact: Option<DueContact> = None;
    let contact = contact.or(serde_json::from_str(text).ok());
    drop((brought, contact));
}

pub fn main() {}
