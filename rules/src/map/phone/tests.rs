use phonenumber::country::Id;
use phonenumber::metadata::Metadata;
use proptest::prelude::*;

use super::*;

fn show(text: &str, home: Home) -> String {
    let readings = read(text, home).into_iter().map(|reading| match reading {
        Reading::Number { e164, left_out: false } => e164,
        Reading::Number { e164, left_out: true } => format!("{e164} …"),
        Reading::Text => "text".to_owned(),
    });
    readings.collect::<Vec<_>>().join(" | ")
}

fn check(country: Id, rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(text, expected)| (text, expected, show(text, Home::Country(country))))
        .filter(|(_, expected, got)| got != *expected)
        .map(|(text, expected, got)| format!("{text:?}: {got:?} instead of {expected:?}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn german_numbers() {
    check(
        Id::DE,
        &[
            ("089 123456", "+4989123456"),
            ("089/123456", "+4989123456"),
            ("089 / 12 34 56", "+4989123456"),
            ("(089) 123456", "+4989123456"),
            ("089.123.456", "+4989123456"),
            ("089–123456", "+4989123456"),
            ("089\u{a0}123\u{202f}456", "+4989123456"),
            ("０８９ １２３４５６", "+4989123456"),
            ("\u{202a}089 123456\u{202c}", "+4989123456"),
            ("+49 89 123456", "+4989123456"),
            ("+49 (0)89 123456", "+4989123456"),
            ("+49 (0) 89 / 123456", "+4989123456"),
            ("+49(0)89123456", "+4989123456"),
            ("+49 [0] 89 123456", "+4989123456"),
            ("+49 (089) 123456", "+4989123456"),
            ("+49 089 123456", "+4989123456"),
            ("(+49) 89 123456", "+4989123456"),
            ("+(49) 89 123456", "+4989123456"),
            ("+49-89-123456", "+4989123456"),
            ("0049 89 123456", "+4989123456"),
            ("0049 (0)89 123456", "+4989123456"),
            ("00 49 89 123456", "+4989123456"),
            ("+0049 89 123456", "+4989123456"),
            ("tel:+49-89-123456", "+4989123456"),
            ("Tel.: 089 123456", "+4989123456"),
            ("T +49 89 123456", "+4989123456"),
            ("Büro (089) 123456", "+4989123456"),
            ("089 123456 (privat)", "+4989123456"),
            ("089 123456 privat", "+4989123456"),
            ("089 123456/", "+4989123456"),
            ("0171 1234567", "+491711234567"),
            ("0171/12345678", "+4917112345678"),
            ("0151 / 123 456 78", "+4915112345678"),
            ("07531 123", "+497531123"),
            ("034347/12345", "+493434712345"),
            ("+49 34347/12345", "+493434712345"),
            ("030 12345", "+493012345"),
            ("0800 1234567", "+498001234567"),
            ("0180 5 123456", "+491805123456"),
            ("0900 1 123456", "+499001123456"),
        ],
    );
}

#[test]
fn german_endings() {
    check(
        Id::DE,
        &[
            ("07531 1234-0", "+49753112340"),
            ("07531 1234-567", "+4975311234567"),
            ("07531 1234-123 DW", "+4975311234123"),
            ("07531 1234 DW 12", "+497531123412"),
            ("07531 1234-0 DW 12", "+497531123412"),
            ("07531 1234-0, Durchwahl -12", "+497531123412"),
            ("07531 1234 Durchwahl: 12", "+497531123412"),
            ("07531 1234-11/-12", "+497531123411 …"),
            ("07531 1234-11 / 12", "+497531123411 …"),
            ("07531 123411 / 12", "+497531123411 …"),
            ("07531 1234-10 bis -19", "+497531123410 …"),
            ("07531 123411 ext. 12", "+497531123411 …"),
            ("07531 123411 ext 12", "+497531123411 …"),
            ("07531 123411 x12", "+497531123411 …"),
            ("+49 7531 123411;ext=12", "+497531123411 …"),
            ("07531 123411,,12", "+497531123411 …"),
            ("07531 123411 #12", "+497531123411 …"),
            ("07531 123411 Nst. 12", "+497531123411 …"),
            ("07531 123411 App. 12", "+497531123411 …"),
            ("0171 1234567 ab 18 Uhr", "+491711234567 …"),
            ("0171 1234567 / 089 123456", "+491711234567 | +4989123456"),
            ("089 123456, 0171 1234567", "+4989123456 | +491711234567"),
            ("089 123456; +43 664 1234567", "+4989123456 | +436641234567"),
            ("089 123456 oder 0171 1234567", "+4989123456 | +491711234567"),
            ("Tel. 089 123456, Mobil: 0171 1234567", "+4989123456 | +491711234567"),
        ],
    );
}

#[test]
fn no_numbers() {
    check(
        Id::DE,
        &[
            ("110", "text"),
            ("112", "text"),
            ("115", "text"),
            ("11880", "text"),
            ("4711", "text"),
            ("-12", "text"),
            ("471123", "text"),
            ("12345678", "text"),
            ("07531", "text"),
            ("0", "text"),
            ("", "text"),
            ("-", "text"),
            ("unbekannt", "text"),
            ("auf Anfrage", "text"),
            ("089 12x34y56", "text"),
            ("*100#", "text"),
            ("sip:4711@pbx.example", "text"),
            ("anna@firma.example", "text"),
            ("089 123456 +49", "text"),
            ("+999 123456", "text"),
            ("+49", "text"),
            ("+", "text"),
            ("0000000", "text"),
            ("00000000000000000000000000000000", "text"),
            ("0891234567890123456789", "text"),
            ("+4989123456789012345", "text"),
            ("01712345", "text"),
            ("089 123456 / keine Ahnung 07", "+4989123456 …"),
        ],
    );
}

#[test]
fn austrian_numbers() {
    check(
        Id::AT,
        &[
            ("01 5123456", "+4315123456"),
            ("01/512 34 56", "+4315123456"),
            ("(01) 512 34 56-0", "+43151234560"),
            ("01 5123456-250", "+4315123456250"),
            ("01 5123456 DW 250", "+4315123456250"),
            ("01 5123456-0 DW 250", "+4315123456250"),
            ("01 5123456 Kl. 250", "+4315123456250"),
            ("01 51234", "+43151234"),
            ("+43 1 51234", "+43151234"),
            ("+43 (0)1 5123456", "+4315123456"),
            ("+43 (0) 512 / 1234", "+435121234"),
            ("0512 1234", "+435121234"),
            ("05572 / 12345", "+43557212345"),
            ("0664 1234567", "+436641234567"),
            ("0664/12 34 567", "+436641234567"),
            ("+43 664 12345678", "+4366412345678"),
            ("0676 1234567", "+436761234567"),
            ("0810 123456", "+43810123456"),
            ("050 12345", "+435012345"),
            ("0800 123456", "+43800123456"),
            ("+49 89 123456", "+4989123456"),
            ("664 1234567", "+436641234567"),
            ("43 664 1234567", "+436641234567"),
            ("5123456-250", "text"),
            ("5123456", "text"),
            ("122", "text"),
            ("133", "text"),
            ("144", "text"),
        ],
    );
}

#[test]
fn swiss_numbers() {
    check(
        Id::CH,
        &[
            ("044 668 18 00", "+41446681800"),
            ("044/668 18 00", "+41446681800"),
            ("044 668 18 00 ext. 5", "+41446681800 …"),
            ("044 668 18 00 DW 55", "+41446681800 …"),
            ("+41 44 668 18 00", "+41446681800"),
            ("+41 (0)44 668 18 00", "+41446681800"),
            ("0041 44 668 18 00", "+41446681800"),
            ("0041 (0)79 123 45 67", "+41791234567"),
            ("079 123 45 67", "+41791234567"),
            ("79 123 45 67", "+41791234567"),
            ("41791234567", "+41791234567"),
            ("058 123 45 67", "+41581234567"),
            ("0800 123 456", "+41800123456"),
            ("044 668 18", "text"),
            ("117", "text"),
            ("144", "text"),
            ("1414", "text"),
        ],
    );
}

#[test]
fn other_countries() {
    check(Id::LI, &[("234 56 78", "+4232345678"), ("+423 234 56 78", "+4232345678"), ("00423 2345678", "+4232345678")]);
    check(Id::FR, &[("01 23 45 67 89", "+33123456789"), ("+33 (0)1 23 45 67 89", "+33123456789"), ("1 23 45 67 89", "+33123456789"), ("17", "text")]);
    check(
        Id::IT,
        &[("06 1234567", "+39061234567"), ("+39 06 1234567", "+39061234567"), ("+39 (0)6 1234567", "+39061234567"), ("335 1234567", "+393351234567")],
    );
    check(
        Id::US,
        &[
            ("(212) 555-0100", "+12125550100"),
            ("1-212-555-0100", "+12125550100"),
            ("212.555.0100 x4321", "+12125550100 …"),
            ("1-800-FLOWERS", "+18003569377"),
            ("555-0100", "text"),
            ("911", "text"),
            ("011 49 89 123456", "+4989123456"),
        ],
    );
    check(Id::GB, &[("020 7946 0123", "+442079460123"), ("+44 (0)20 7946 0123", "+442079460123"), ("7946 0123", "text")]);
    check(Id::NL, &[("020 123 4567", "+31201234567"), ("06-12345678", "+31612345678")]);
    check(Id::LU, &[("27 12 34 56", "+35227123456")]);
    check(Id::CZ, &[("601 123 456", "+420601123456")]);
    check(Id::DK, &[("32 12 34 56", "+4532123456")]);
    check(Id::HU, &[("06 1 234 5678", "+3612345678")]);
    check(Id::PL, &[("22 123 45 67", "+48221234567")]);
    check(Id::SE, &[("08-123 456 78", "+46812345678"), ("+46 (0)8 123 456 78", "+46812345678")]);
}

#[test]
fn foreign_numbers_do_not_depend_on_the_country() {
    for country in [Id::DE, Id::AT, Id::US, Id::IT, Id::HU, Id::AR] {
        check(
            country,
            &[
                ("+39 06 1234567", "+39061234567"),
                ("+49 (0)89 123456", "+4989123456"),
                ("+1 212 555 0100", "+12125550100"),
                ("0043 664 1234567", "+436641234567"),
            ],
        );
    }
    assert_eq!(show("+39 06 1234567", Home::Unknown), "+39061234567");
    assert_eq!(show("089 123456", Home::Unknown), "text");
}

#[test]
fn lost_signs() {
    check(Id::DE, &[("491711234567", "+491711234567"), ("49 89 12345678", "+498912345678"), ("1711234567", "+491711234567"), ("8912345678", "text")]);
}

#[test]
fn letters_on_keys() {
    check(Id::DE, &[("0800 REIFEN1", "+498007343361"), ("0700 VANITYXY", "+4970082648999"), ("0171 REIFEN1", "text"), ("0800", "text")]);
}

const RULED: [Id; 14] = [Id::AR, Id::AU, Id::BR, Id::CL, Id::CN, Id::CO, Id::CR, Id::KR, Id::MG, Id::MX, Id::NI, Id::SM, Id::UY, Id::ZW];

/// Calling codes that several plans share, and two that none shares.
const CODES: [&str; 9] = ["1", "7", "39", "44", "61", "262", "599", "49", "870"];

#[test]
fn what_is_common_is_valid() {
    LazyLock::force(&PATTERNS);
    let kinds = [Type::FixedLine, Type::Mobile, Type::TollFree, Type::PremiumRate, Type::PersonalNumber, Type::Voip, Type::Uan];
    let of = |meta: &'static Metadata| kinds.map(|kind| Some((meta.country_code(), meta.descriptors().get(kind)?.example()?)));
    let examples: Vec<(u16, &str)> = DATABASE.iter().flat_map(of).flatten().collect();
    // What is nearly one: too short, too long, or with another example's code.
    let nearly = examples
        .iter()
        .zip(&examples[7..])
        .flat_map(|((code, digits), (other, _))| [format!("+{code}{}", &digits[1..]), format!("+{code}{digits}1"), format!("+{other}{digits}")]);
    let texts: Vec<String> = examples.iter().map(|(code, digits)| format!("+{code}{digits}")).chain(nearly).collect();
    let numbers = texts.iter().filter_map(|text| phonenumber::parse(None, text).ok());
    let (common, rare): (Vec<_>, Vec<_>) = numbers.partition(|number| is_common(number, &number.national().to_string()));
    assert!(common.iter().all(PhoneNumber::is_valid));
    let valid = rare.iter().filter(|number| number.is_valid()).count();
    assert!(common.len() > 300 && valid > 300 && rare.len() > valid, "{} common, {valid} of {} others valid", common.len(), rare.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// In a plan that shares its calling code a number may belong to another one.
    #[test]
    fn what_is_common_is_valid_whoever_shares_the_code(at in 0..CODES.len(), digits in prop::collection::vec("[1-9][0-9]{5,11}", 40)) {
        for number in digits.iter().filter_map(|digits| phonenumber::parse(None, format!("+{}{digits}", CODES[at])).ok()) {
            prop_assert!(number.is_valid() || !is_common(&number, &number.national().to_string()), "{}", number);
        }
    }

    /// The library slices by position and unwraps; with digits alone it never has to give up, in no country's plan.
    #[test]
    fn any_digits_in_any_country(code in "[A-Z]{2}", digits in "\\+?[0-9]{1,20}|0[0-9]{6,12}|00[1-9][0-9]{6,12}") {
        if let Some(country) = super::super::country::of_code(&code) {
            read(&digits, Home::Country(country));
        }
    }

    /// National prefixes with a carrier in them are rewritten by rules of their own.
    #[test]
    fn any_digits_in_countries_with_carriers(at in 0..RULED.len(), digits in "[01][0-9]{5,13}") {
        read(&digits, Home::Country(RULED[at]));
    }

    /// Whatever the text, the answer is E.164 or the text, and E.164 read again stays itself.
    #[test]
    fn any_text(text in "[0-9+/() .,;#*xDWe\u{a0}-]{0,24}|\\PC{0,20}|[+0]{0,3}[0-9]{1,20}") {
        for reading in read(&text, Home::Country(Id::DE)) {
            if let Reading::Number { e164, .. } = reading {
                prop_assert!(e164.len() <= 16 && e164.starts_with('+'));
                prop_assert!(e164.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
                prop_assert_eq!(read(&e164, Home::Country(Id::AT)), vec![Reading::Number { e164: e164.clone(), left_out: false }]);
            }
        }
    }
}
