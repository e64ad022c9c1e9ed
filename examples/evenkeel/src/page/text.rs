//! Text from outside, made fit to stand in a line: escaping is the template engine's part.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// `text` on one line, without control characters and without the marks that change the direction of what follows.
pub(super) fn clean(text: &str) -> String {
    let shown: String = text
        .chars()
        .filter(
            |c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        )
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How wide `text` may be at most at a font size: as in `DejaVu Sans`, which is wider than the other system fonts.
pub(super) fn width(text: &str, font_size: f64) -> f64 {
    text.graphemes(true).map(grapheme_width).sum::<f64>() * font_size
}

/// In shares of the font size.
fn grapheme_width(grapheme: &str) -> f64 {
    match grapheme.chars().next() {
        Some('W' | 'M' | 'm' | '@' | '%' | '—' | '…') => 1.0,
        Some('i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '\u{a0}' | '(' | ')' | '·') => {
            0.4
        }
        Some('A'..='Z' | 'w' | '−' | '×' | '+' | '=' | '<' | '>' | '~') => 0.84,
        Some('\0'..='\x7f') => 0.64,
        Some(_) => f64::from(u32::try_from(grapheme.width()).unwrap_or(u32::MAX)) * 0.7,
        None => 0.0,
    }
}

/// `text` cut with an ellipsis so that it is not wider than `most`, whole graphemes only.
pub(super) fn fit(text: &str, most: f64, font_size: f64) -> String {
    if width(text, font_size) <= most {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut room = most - width("…", font_size);
    for grapheme in text.graphemes(true) {
        room -= width(grapheme, font_size);
        if room < 0.0 {
            break;
        }
        cut.push_str(grapheme);
    }
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// `text` between the marks that keep its direction to itself, where `<bdi>` cannot stand: in SVG and within sentences.
///
/// ASCII has one direction and needs none.
pub(super) fn isolate(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { format!("\u{2068}{text}\u{2069}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_marks_are_dropped() {
        assert_eq!(clean("a\u{202e}b\u{2069}c\0d\n\n e\u{2028}f"), "abc d e f");
        assert_eq!(clean("שלום <script>"), "שלום <script>");
    }

    #[test]
    fn cuts_keep_graphemes_whole_and_within_the_width() {
        let family = "👨‍👩‍👧‍👦";
        let cut = fit(&family.repeat(9), 60.0, 10.0);
        assert!(cut.trim_end_matches('…').graphemes(true).all(|grapheme| grapheme == family), "{cut}");
        for most in [0.0, 6.0, 30.0, 100.0] {
            let cut = fit(&"x".repeat(300), most, 10.0);
            assert!(width(&cut, 10.0) <= most.max(10.0), "{most} {cut}");
        }
        assert_eq!(fit("short", 100.0, 10.0), "short");
    }
}
