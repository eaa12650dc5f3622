//! Percent-encoding of what goes into an address: ids contain `=`, filters contain spaces, quotes and braces.

use std::fmt::Write as _;

/// Encodes one segment of a path.
pub(super) fn segment(text: &str) -> String {
    encode(text, b"-_.~")
}

/// Encodes the value of a query option; what OData uses as punctuation stays readable.
pub(super) fn value(text: &str) -> String {
    encode(text, b"-_.~$(),':/=@*!")
}

/// Writes a text as an OData string literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn encode(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_in_a_path() {
        assert_eq!(segment("AAMk-_AD/+0="), "AAMk-_AD%2F%2B0%3D");
        assert_eq!(segment("ü"), "%C3%BC");
    }

    #[test]
    fn a_filter_survives_in_a_query() {
        assert_eq!(value("mail eq 'a+b@c.example'"), "mail%20eq%20'a%2Bb@c.example'");
        assert_eq!(literal("o'neil"), "'o''neil'");
    }
}
