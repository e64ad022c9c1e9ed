//! Text from outside, made safe for a terminal: what would steer it is shown as an escape instead.

/// Whether a character steers a terminal, or turns the order in which text reads, instead of showing something.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// One line of text from outside, with escapes such as `\u{1b}` and `\n` for characters that steer.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

/// A JSON document, which YAML reads as well, without characters that steer: they stand only within its strings,
/// where an escape means the same. The line ends between its tokens stay.
#[must_use]
pub fn json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for c in document.chars() {
        // All of them are below U+10000, so that one escape holds one.
        if c != '\n' && steers(c) { shown.push_str(&format!("\\u{:04x}", u32::from(c))) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown() {
        assert_eq!(visible("a\u{1b}[31m\u{9b}2J\u{7}\u{202e}\nb"), r"a\u{1b}[31m\u{9b}2J\u{7}\u{202e}\nb");
        assert_eq!(visible("Zürich 東京 👩‍💻"), "Zürich 東京 👩‍💻");
    }

    #[test]
    fn an_escaped_document_says_the_same() {
        let text = "a\u{9b}\u{202e}\u{7f}\u{1b}\n";
        let document = json(&serde_json::to_string_pretty(&[text]).unwrap());
        assert!(!document.chars().any(|c| c != '\n' && steers(c)), "{document:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&document).unwrap(), [text]);
    }
}
