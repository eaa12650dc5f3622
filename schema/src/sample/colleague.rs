//! The users that the generator makes owners, sharers and subscribers.
use crate::row::row;

row! {
    /// An active user of the company itself.
    #[derive(Debug)]
    pub(super) struct Colleague {
        pub(super) id: String,
        pub(super) region: String,
        pub(super) department: String,
        pub(super) home: String,
        pub(super) has_seat: bool,
    }
}

impl Colleague {
    /// Whether the user may be a contact's owner.
    pub(super) fn looks_after_contacts(&self) -> bool {
        self.department == "Vertrieb" || self.department == "Service"
    }

    /// Whether regions count for what the user sees.
    pub(super) fn is_bound_to_region(&self) -> bool {
        self.home.starts_with("vertrieb") || self.home == "schluesselkunden-sued"
    }
}
