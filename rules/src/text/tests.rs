//! Equality and order of text.

use proptest::prelude::*;

use super::*;

fn sorted(locale: &str, mut texts: Vec<&'static str>) -> Vec<&'static str> {
    let order = TextOrder::new(locale).unwrap();
    texts.sort_by(|left, right| order.order(left, right));
    texts
}

#[test]
fn spelling_and_case_do_not_matter() {
    assert!(is_same("Müller", "MU\u{308}LLER"));
    assert!(is_same("ΣΑΣ", "σας"));
    assert!(is_same("Kelvin", "\u{212a}elvin"));
}

#[test]
fn folding_is_simple() {
    assert!(!is_same("Straße", "STRASSE"));
    assert!(is_same("STRAẞE", "straße"));
    assert!(!is_same("İstanbul", "istanbul"));
    assert!(is_same("İstanbul", "I\u{307}STANBUL"));
    assert!(!is_same("ﬁ", "fi"));
}

#[test]
fn german_umlauts_stand_with_their_vowel_or_as_in_the_phone_book() {
    assert_eq!(sorted("de", vec!["Zander", "Öhler", "Oetker", "Ofen", "ofen"]), ["Oetker", "ofen", "Ofen", "Öhler", "Zander"]);
    assert_eq!(sorted("de-u-co-phonebk", vec!["Ofen", "Ohler", "Öhler", "Oetker"]), ["Öhler", "Oetker", "Ofen", "Ohler"]);
    assert_eq!(sorted("sv", vec!["Öhler", "Zander"]), ["Zander", "Öhler"]);
}

#[test]
fn what_is_no_locale_is_refused() {
    for name in ["", "deutsch land", "d", "de-u-co-nonsense", "de_!"] {
        assert!(TextOrder::new(name).is_none(), "{name}");
    }
    for name in ["de", "de-AT", "de-u-co-phonebk", "en-GB", "und"] {
        assert!(TextOrder::new(name).is_some(), "{name}");
    }
}

#[test]
fn equal_to_the_collation_is_still_ordered() {
    let order = TextOrder::new("de").unwrap();
    assert_eq!(order.order("a\u{0}", "a"), Ordering::Greater);
    assert_eq!(order.order_folded("a\u{0}", "a"), Ordering::Greater);
    assert_eq!(order.order("ü", "u\u{308}"), "ü".cmp("u\u{308}"));
}

proptest! {
    #[test]
    fn the_fast_ways_agree_with_folding(left in "[aAbBßẞüÜ\u{308}uUiIİσς]{0,4}", right in "[aAbBßẞüÜ\u{308}uUiIİσς]{0,4}") {
        prop_assert_eq!(is_same(&left, &right), fold(&left) == fold(&right));
        prop_assert_eq!(compare_to_folded(&left, &fold(&right)), fold(&left).cmp(&fold(&right)));
    }

    #[test]
    fn the_order_is_total(texts in prop::collection::vec("[a-cA-Cäß\u{308}\u{0} ]{0,3}", 3)) {
        let order = TextOrder::new("de").unwrap();
        let compare = |left: usize, right: usize| order.order(&texts[left], &texts[right]);
        prop_assert_eq!(compare(0, 1), compare(1, 0).reverse());
        prop_assert_eq!(compare(0, 1) == Ordering::Equal, texts[0] == texts[1]);
        if compare(0, 1).is_le() && compare(1, 2).is_le() {
            prop_assert!(compare(0, 2).is_le());
        }
    }
}
