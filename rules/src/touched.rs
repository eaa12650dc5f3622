//! Rows of a few records of which something changed.

use crate::crm::{BarRow, PartRow, RecordRow, RightRow, SubscriptionRow};

/// Everything that hangs on some records, as it is now. Of a record that is gone there may be rows that still speak of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TouchedRows {
    /// Their main rows.
    pub records: Vec<RecordRow>,
    /// Their rows in each part, in the order of [`crate::crm::Crm::parts`].
    pub parts: Vec<Vec<PartRow>>,
    /// The rows of each right rule that speak of them, in the order of [`crate::crm::Crm::rules`].
    pub rules: Vec<Vec<RightRow>>,
    /// Who is barred from them.
    pub bars: Vec<BarRow>,
    /// Who is subscribed to them.
    pub subscriptions: Vec<SubscriptionRow>,
}
