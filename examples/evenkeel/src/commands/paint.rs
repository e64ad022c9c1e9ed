//! Colours that text from outside cannot forge: they are marks until everything else that steers a terminal has
//! been made visible.

use crate::visible::{steers, visible};

// Noncharacters of Unicode, each with what a terminal is told. Text from outside that holds one gets a colour and
// nothing worse.
const RED: char = '\u{fdd0}';
const YELLOW: char = '\u{fdd1}';
const GREEN: char = '\u{fdd2}';
const BOLD: char = '\u{fdd3}';
const DIM: char = '\u{fdd4}';
const PLAIN: char = '\u{fdd5}';

/// Text in a colour.
pub(super) trait Paint: AsRef<str> {
    fn red(&self) -> String {
        marked(RED, self.as_ref())
    }
    fn yellow(&self) -> String {
        marked(YELLOW, self.as_ref())
    }
    fn green(&self) -> String {
        marked(GREEN, self.as_ref())
    }
    fn bold(&self) -> String {
        marked(BOLD, self.as_ref())
    }
    fn dimmed(&self) -> String {
        marked(DIM, self.as_ref())
    }
}

impl<T: AsRef<str> + ?Sized> Paint for T {}

fn marked(mark: char, text: &str) -> String {
    format!("{mark}{text}{PLAIN}")
}

/// The text as a terminal may have it: marks become colours, line ends stay, all else that steers is shown.
pub(super) fn for_terminal(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            RED => shown.push_str("\u{1b}[31m"),
            YELLOW => shown.push_str("\u{1b}[33m"),
            GREEN => shown.push_str("\u{1b}[32m"),
            BOLD => shown.push_str("\u{1b}[1m"),
            DIM => shown.push_str("\u{1b}[2m"),
            PLAIN => shown.push_str("\u{1b}[0m"),
            c if c != '\n' && steers(c) => shown.push_str(&visible(c.encode_utf8(&mut [0; 4]))),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_colours_reach_the_terminal() {
        let text = format!("{} {}\n", "ACT".red(), "a\u{1b}[32mgood");
        assert_eq!(for_terminal(&text), "\u{1b}[31mACT\u{1b}[0m a\\u{1b}[32mgood\n");
    }
}
