//! The program `adressbote`.
fn main() {}
