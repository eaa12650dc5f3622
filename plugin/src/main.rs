//! The program `adressbote`.

use std::process::ExitCode;

fn main() -> ExitCode {
    adressbote::cli::main()
}
