//! What needs nothing but the rules: properties over random CRMs, and the rights matrix.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod matrix;
mod properties;
