//! Texts that a CRM keeps as HTML, such as notes, as the text that a reader sees.

use super::value::Unfit;

/// The most that a text may have of bytes times the number of `<` in it. With tags whose quotes never end the conversion looks for the end of each in all
/// that follows: 200 kB with 40,000 of them took 14 s, so this is about a second. A note of 100 kB with 5,000 tags has as much.
const MOST_WORK: usize = 500_000_000;

/// The text of HTML, without what is only markup, scripts or styles; a link is followed by its address. None if nothing is left.
pub(super) fn text(html: &str) -> Result<Option<String>, Unfit> {
    let tags = html.bytes().filter(|byte| *byte == b'<').count();
    if tags.saturating_mul(html.len()) > MOST_WORK {
        return Err(Unfit::TooMuchMarkup);
    }
    let text = nanohtml2text::html2text(html).replace("\r\n", "\n");
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> Option<String> {
        text(html).unwrap()
    }

    #[test]
    fn what_a_reader_sees_is_left() {
        let note = "<p>Ruft <b>nur</b> vormittags an.</p><ul><li>segelt</li><li>Kaffee &amp; Kuchen</li></ul><script>alert(1)</script>";
        assert_eq!(shown(note).unwrap(), "Ruft nur vormittags an.\n\nsegelt\nKaffee & Kuchen");
        assert_eq!(shown("Gr&ouml;&szlig;e<br/>5 &lt; 6 &#8364;<style>p {}</style><!-- x -->").unwrap(), "Größe\n5 < 6 €");
        assert_eq!(shown("<a href=\"https://werk.example\">Seite</a>").unwrap(), "Seite (https://werk.example)");
        assert_eq!(shown("5 < 6 und 7 > 3").unwrap(), "5 < 6 und 7 > 3", "what is no HTML stays as it is");
        assert_eq!((shown(""), shown("<p>&nbsp;</p><br>")), (None, None));
    }

    #[test]
    fn markup_without_end_is_refused_before_it_costs_minutes() {
        assert_eq!(text(&"<a x=\"'".repeat(20_000)), Err(Unfit::TooMuchMarkup));
        for broken in ["<p", "<a href='", "&", "&#xfffffff;", "</", "<!--", "<script>"] {
            assert!(text(&broken.repeat(1_000)).is_ok(), "{broken}");
        }
        let image = format!("<p>Logo</p><img src=\"data:image/png;base64,{}\">", "A".repeat(900_000));
        assert_eq!(shown(&image).unwrap(), "Logo");
    }
}
