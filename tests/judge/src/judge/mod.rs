//! The semantics a second time: slow, obvious, from the design alone. It loops over rows where the product indexes, asks again where the product
//! remembers, and shares with it only plain data.

mod contact;
mod eye;
mod folder;
mod outlook;
mod reason;
mod text;
mod truth;

pub use contact::{is_mapped, read_for};
pub use eye::{Cause, Eye};
pub use folder::{Folder, Standing, Told, Want};
pub use outlook::Outlook;
pub use reason::{Fate, Grounds, reasons};
pub use text::{folded, ordered};
pub use truth::{Truth, truth};
