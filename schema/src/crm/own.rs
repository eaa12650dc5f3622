//! Our own rows beside the CRM's: what the state database keeps, as plain rows.

use std::collections::BTreeSet;

use adressbote_rules::crm::{ErasedRow, SubscriptionRow};
use adressbote_rules::key::{Principal, UserKey};

/// Rows that we keep ourselves. Which of them count is said by the profile (`kept`); erased persons always do.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Subscriptions made here.
    pub subscriptions: Vec<SubscriptionRow>,
    /// Filters stored here.
    pub filters: Vec<OwnFilter>,
    /// Persons erased here.
    pub erased: Vec<ErasedRow>,
    /// Users who have a folder of ours: a database that keeps the rights itself is asked for them too while they are active, guests or not.
    pub served: BTreeSet<UserKey>,
}

/// A filter as we store it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFilter {
    /// Whose filter it is.
    pub holder: Principal,
    /// For which address book; none: for every one.
    pub book: Option<String>,
    /// Its text.
    pub text: String,
}
