//! Mail addresses. Graph takes a wrong one without a word and gives the entry back without its address, so only right ones are sent.

use email_address::{EmailAddress, Options};

use super::text::LINE_UNITS;

/// The addresses in one value, and whether something in it was none. People write several into one field, with names before them.
pub(super) fn addresses(text: &str) -> (Vec<String>, bool) {
    let mut found = Vec::new();
    let mut had_other = false;
    for piece in text.split([';', ',']).map(str::trim).filter(|piece| !piece.is_empty()) {
        match address(piece) {
            Some(address) => found.push(address.to_owned()),
            None => had_other = true,
        }
    }
    (found, had_other)
}

fn address(piece: &str) -> Option<&str> {
    let piece = piece.strip_suffix('>').and_then(|piece| piece.rsplit_once('<')).map_or(piece, |(_, inner)| inner).trim();
    let is_scheme = piece.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"));
    let piece = if is_scheme { piece.get(7..)?.trim() } else { piece };
    let options = Options::default().with_required_tld().without_display_text().without_domain_literal();
    // Quoted parts and comments are right by the letter and refused by most servers.
    let is_plain = !piece.contains(|character: char| character.is_whitespace() || "\"()<>[]:\\".contains(character));
    let is_short = piece.encode_utf16().count() <= LINE_UNITS;
    (is_plain && is_short && EmailAddress::parse_with_options(piece, options).is_ok()).then_some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_ones_are_kept() {
        for (text, kept, other) in [
            ("anna@firma.example", vec!["anna@firma.example"], false),
            ("Anna.Müller@Firma.Example", vec!["Anna.Müller@Firma.Example"], false),
            ("mailto:anna@firma.example", vec!["anna@firma.example"], false),
            ("Anna Müller <anna@firma.example>", vec!["anna@firma.example"], false),
            ("a@firma.example; b@firma.example", vec!["a@firma.example", "b@firma.example"], false),
            ("a@firma.example, kein Mail", vec!["a@firma.example"], true),
            ("a@firma.example,", vec!["a@firma.example"], false),
            ("büro@müller.example", vec!["büro@müller.example"], false),
            ("a+b@sub.firma.example", vec!["a+b@sub.firma.example"], false),
            ("anna@localhost", vec![], true),
            ("anna@[192.0.2.1]", vec![], true),
            ("anna at firma.example", vec![], true),
            ("anna@firma..example", vec![], true),
            (".anna@firma.example", vec![], true),
            ("anna@@firma.example", vec![], true),
            ("an na@firma.example", vec![], true),
            ("\"an na\"@firma.example", vec![], true),
            ("@firma.example", vec![], true),
            ("-", vec![], true),
            ("", vec![], false),
        ] {
            assert_eq!(addresses(text), (kept.into_iter().map(str::to_owned).collect(), other), "{text}");
        }
        assert!(addresses(&format!("{}@{}example", "a".repeat(64), "x.".repeat(120))).0.is_empty());
    }
}
