//! How people write numbers down: labels before them, brackets, slashes, remarks, extensions and second numbers behind them.

/// A text that has a number in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written<'a> {
    /// The number: digits and punctuation, perhaps a plus in front.
    pub(super) main: &'a str,
    /// What follows it.
    pub(super) tail: Tail<'a>,
}

/// What follows a number.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tail<'a> {
    /// Nothing.
    None,
    /// Digits that are dialled right behind the number (`DW 12`).
    Ddi(&'a str),
    /// Digits that an exchange asks for (`ext. 12`).
    Extension,
    /// Words.
    Remark,
    /// Words and digits.
    RemarkWithDigits,
    /// Something that makes it no number (`*`, `@`).
    Other,
}

const DDI_WORDS: [&str; 7] = ["dw", "durchwahl", "durchw", "ddi", "klappe", "kl", "klp"];
const EXTENSION_WORDS: [&str; 16] =
    ["ext", "extn", "extension", "x", "xt", "xtn", "app", "apparat", "nst", "nebenstelle", "int", "intern", "interno", "poste", "anexo", "ramal"];

/// The text with ASCII digits, hyphens and spaces, without invisible characters.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|character| match character {
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => None,
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => Some('-'),
            '\u{2044}' | '\u{2215}' | '\u{ff0f}' => Some('/'),
            '\u{ff0b}' => Some('+'),
            '\u{ff08}' => Some('('),
            '\u{ff09}' => Some(')'),
            space if space.is_whitespace() => Some(' '),
            other => Some(digit(other).unwrap_or(other)),
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Full-width and Arabic digits as ASCII ones.
fn digit(character: char) -> Option<char> {
    let code = u32::from(character);
    [0xff10, 0x0660, 0x06f0].into_iter().find_map(|zero| char::from_digit(code.checked_sub(zero).filter(|value| *value < 10)?, 10))
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Parts the text where a second whole number begins. It does so behind a separator, with a plus or a zero.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some((at, length)) = separator(rest, from) {
        let (before, after) = (rest.get(..at).unwrap_or_default(), rest.get(at + length..).unwrap_or_default());
        let begins_number = start(after).is_some_and(|start| {
            let number = after.get(start..).unwrap_or_default().trim_start_matches(['(', '[', ' ']);
            number.starts_with(['+', '0'])
        });
        if begins_number && digits(before) >= 6 && digits(after) >= 6 {
            pieces.push(before.trim());
            rest = after;
            from = 0;
        } else {
            from = at + length;
        }
    }
    pieces.push(rest.trim());
    pieces
}

/// The first separator from byte `from` on: where and how long.
fn separator(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    [";", ",", "|", "/", " oder ", " or ", " und ", " u. ", " & "]
        .into_iter()
        .filter_map(|separator| rest.find(separator).map(|at| (from + at, separator.len())))
        .min()
}

/// Where the number begins: at a plus, a digit, or a bracket before one of them.
fn start(text: &str) -> Option<usize> {
    let first = text.find(|character: char| character == '+' || character.is_ascii_digit())?;
    let before = text.get(..first)?.trim_end();
    Some(if before.ends_with(['(', '[']) { before.len() - 1 } else { first })
}

/// Takes the text apart; none if there is no number in it, or if it is something else with digits in it.
pub(super) fn parse(text: &str) -> Option<Written<'_>> {
    if text.contains(['@', '*']) {
        return None;
    }
    let start = start(text)?;
    let label = text.get(..start)?;
    if label.contains(['#', ',', ';']) {
        return None;
    }
    let body = text.get(start..)?;
    let is_of_number = |character: char| character.is_ascii_digit() || " .-/()[]+".contains(character);
    let end = body.find(|character: char| !is_of_number(character)).unwrap_or(body.len());
    let main = body.get(..end)?;
    let tail = tail(body.get(end..)?);
    let plus_is_first = main.rfind('+').is_none_or(|plus| digits(main.get(..plus).unwrap_or_default()) == 0);
    plus_is_first.then_some(Written { main, tail })
}

fn tail(text: &str) -> Tail<'_> {
    let is_filling = |character: char| " .:-=()[]/".contains(character);
    let trimmed = text.trim_matches(is_filling);
    let unmarked = trimmed.trim_start_matches([',', ';', '#', ' ', '.', '-']);
    let is_marked = unmarked.len() < trimmed.len();
    let word_end = unmarked.find(|character: char| !character.is_alphabetic()).unwrap_or(unmarked.len());
    let word = unmarked.get(..word_end).unwrap_or_default().to_lowercase();
    let rest = unmarked.get(word_end..).unwrap_or_default().trim_matches(|character| is_filling(character) || character == '#');
    let is_digits = |most: usize| (1..=most).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit());
    if unmarked.is_empty() {
        Tail::None
    } else if DDI_WORDS.contains(&word.as_str()) && is_digits(6) {
        Tail::Ddi(rest)
    } else if (EXTENSION_WORDS.contains(&word.as_str()) || (is_marked && word.is_empty())) && is_digits(7) {
        Tail::Extension
    } else if digits(unmarked) == 0 {
        Tail::Remark
    } else if word.len() > 1 {
        Tail::RemarkWithDigits
    } else {
        Tail::Other
    }
}

/// `+49 (0)89` without the zero in brackets.
pub(super) fn without_bracketed_zero(main: &str) -> String {
    let brackets = main.match_indices(['(', '[']).find_map(|(open, _)| {
        let close = open + main.get(open..)?.find([')', ']'])?;
        (main.get(open + 1..close)?.trim() == "0").then_some(open..=close)
    });
    let mut without = main.to_owned();
    if let Some(brackets) = brackets {
        without.replace_range(brackets, " ");
    }
    without
}

/// A number that is partly written in letters, as on a phone's keys (`0800 REIFEN1`); only behind a free-phone, personal or premium prefix.
pub(super) fn keyed(text: &str) -> Option<String> {
    let first_letter = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (prefix, letters) = text.split_at_checked(first_letter)?;
    let prefix_digits: String = prefix.chars().filter(char::is_ascii_digit).collect();
    let is_prefix = ["700", "800", "900", "888", "877", "866"].iter().any(|code| prefix_digits.ends_with(code)) && prefix_digits.len() <= 7;
    let is_one_word = letters.chars().all(|character| character.is_ascii_alphanumeric() || character == '-' || character == ' ');
    if !is_prefix || !is_one_word {
        return None;
    }
    let keys = letters.chars().filter_map(key);
    Some(prefix.chars().chain(keys).collect())
}

fn key(letter: char) -> Option<char> {
    match letter.to_ascii_uppercase() {
        'A'..='C' => Some('2'),
        'D'..='F' => Some('3'),
        'G'..='I' => Some('4'),
        'J'..='L' => Some('5'),
        'M'..='O' => Some('6'),
        'P'..='S' => Some('7'),
        'T'..='V' => Some('8'),
        'W'..='Z' => Some('9'),
        digit if digit.is_ascii_digit() => Some(digit),
        _ => None,
    }
}
