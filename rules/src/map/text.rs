//! Text as Exchange takes it: without control characters, trimmed, and short enough.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::filled::What;

/// The longest line: 255 UTF-16 units, which is how Exchange counts; no documented figure exists, and this one is never more than 255 characters.
pub(super) const LINE_UNITS: usize = 255;

/// The longest note: 32,000 bytes of UTF-8, below 32 kB however that is read.
pub(super) const NOTE_BYTES: usize = 32_000;

fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Control characters, and the two that XML, and with it Exchange, does not take.
fn is_unwritable(character: char) -> bool {
    (character.is_control() && !is_break(character) && character != '\t') || matches!(character, '\u{FFFE}' | '\u{FFFF}')
}

/// The text as one line: line breaks and tabulators become a space, control characters go (`true` tells), ends are trimmed.
pub(super) fn line(text: &str) -> (Cow<'_, str>, bool) {
    if !text.chars().any(|character| is_break(character) || character == '\t' || is_unwritable(character)) {
        return (Cow::Borrowed(text.trim()), false);
    }
    let had_controls = text.chars().any(is_unwritable);
    let written: String = text.chars().filter(|character| !is_unwritable(*character)).collect();
    let pieces: Vec<&str> =
        written.split(|character| is_break(character) || character == '\t').map(str::trim).filter(|piece| !piece.is_empty()).collect();
    (Cow::Owned(pieces.join(" ")), had_controls)
}

/// The text with its lines: every kind of line break becomes `\n`, control characters go (`true` tells), ends are trimmed.
pub(super) fn note(text: &str) -> (Cow<'_, str>, bool) {
    if !text.chars().any(|character| (is_break(character) && character != '\n') || is_unwritable(character)) {
        return (Cow::Borrowed(text.trim()), false);
    }
    let had_controls = text.chars().any(is_unwritable);
    let written = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|character| !is_unwritable(*character))
        .map(|character| if is_break(character) { '\n' } else { character })
        .collect::<String>();
    (Cow::Owned(written.trim().to_owned()), had_controls)
}

/// Cuts a line to [`LINE_UNITS`], at a whole character as people see it, and marks the cut by `…`.
pub(super) fn cut_line(text: String) -> (String, Option<What>) {
    cut(text, LINE_UNITS, |piece| piece.encode_utf16().count())
}

/// Cuts a note to [`NOTE_BYTES`] likewise.
pub(super) fn cut_note(text: String) -> (String, Option<What>) {
    cut(text, NOTE_BYTES, str::len)
}

fn cut(text: String, limit: usize, size: impl Fn(&str) -> usize) -> (String, Option<What>) {
    // UTF-8 never takes fewer bytes than UTF-16 takes units.
    if text.len() <= limit || size(&text) <= limit {
        return (text, None);
    }
    let room = limit - size("…");
    let fitting = |pieces: &mut dyn Iterator<Item = &str>| {
        let mut taken = 0;
        pieces
            .take_while(|piece| {
                taken += size(piece);
                taken <= room
            })
            .map(str::len)
            .sum::<usize>()
    };
    let mut end = fitting(&mut text.graphemes(true));
    if end == 0 {
        end = fitting(&mut text.split_inclusive(|_: char| true));
    }
    let kept = text.get(..end).unwrap_or_default().trim_end();
    let what = What::TooLong { kept_chars: kept.chars().count(), of: text.chars().count() };
    (format!("{kept}…"), Some(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_breaks_and_controls() {
        assert_eq!(line("  Müller\u{a0} "), ("Müller".into(), false));
        assert_eq!(line("Müller\r\nGmbH\t& Co\u{2028}KG"), ("Müller GmbH & Co KG".into(), false));
        assert_eq!(line("Mül\0ler \u{7} \u{FFFE}"), ("Müller".into(), true));
        assert_eq!(line("\u{0}\n\t "), ("".into(), true));
        assert_eq!(line("a  b"), ("a  b".into(), false));
    }

    #[test]
    fn notes_keep_lines() {
        assert_eq!(note("a\r\nb\rc\td\n"), ("a\nb\nc\td".into(), false));
        assert_eq!(note("\u{1b}a\n\nb"), ("a\n\nb".into(), true));
    }

    #[test]
    fn cuts_at_whole_characters() {
        assert_eq!(cut_line("x".repeat(255)), ("x".repeat(255), None));
        assert_eq!(cut_line("x".repeat(256)), (format!("{}…", "x".repeat(254)), Some(What::TooLong { kept_chars: 254, of: 256 })));
        // A family of four takes eleven units; 23 of them fit into 254, and none is torn apart.
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        let (text, what) = cut_line(family.repeat(30));
        assert_eq!(text, format!("{}…", family.repeat(23)));
        assert!(matches!(what, Some(What::TooLong { of: 210, .. })));
        // One character of 400 marks can only be torn apart.
        let (text, _) = cut_line(format!("a{}", "\u{301}".repeat(400)));
        assert_eq!(text.encode_utf16().count(), 255);
        // Umlauts count once in a line and twice in a note.
        assert_eq!(cut_line("ü".repeat(255)).1, None);
        assert!(cut_note("ü".repeat(16_001)).0.len() <= NOTE_BYTES);
        assert_eq!(cut_note("ü".repeat(16_000)).1, None);
    }
}
