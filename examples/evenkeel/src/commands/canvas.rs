//! A canvas of braille dots, 2 by 4 in a character, for pictures in a terminal.

/// A character without dots.
const BLANK: char = '\u{2800}';

/// Dots, from the top left.
pub(super) struct Canvas {
    columns: usize,
    cells: Vec<u8>,
}

impl Canvas {
    /// Without dots, of so many characters.
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, cells: vec![0; columns.saturating_mul(rows)] }
    }

    /// How many dots it is wide.
    pub(super) const fn wide(&self) -> usize {
        self.columns.saturating_mul(2)
    }

    /// How many dots it is high.
    pub(super) fn high(&self) -> usize {
        self.cells.len().checked_div(self.columns).unwrap_or(0).saturating_mul(4)
    }

    /// Sets a dot; none beyond the edges.
    pub(super) fn set(&mut self, x: usize, y: usize) {
        const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        if x >= self.wide() {
            return;
        }
        let cell = (y / 4).saturating_mul(self.columns).saturating_add(x / 2);
        let bit = BITS.get(x % 2).and_then(|column| column.get(y % 4)).copied().unwrap_or(0);
        if let Some(cell) = self.cells.get_mut(cell) {
            *cell |= bit;
        }
    }

    /// The rows as text, without blanks behind the last dot.
    pub(super) fn rows(&self) -> impl Iterator<Item = String> {
        self.cells.chunks(self.columns.max(1)).map(|cells| {
            let dots = cells.iter().filter_map(|dots| char::from_u32(0x2800_u32.saturating_add(u32::from(*dots))));
            dots.collect::<String>().trim_end_matches(BLANK).to_owned()
        })
    }
}

/// A share of `size` places, from 0; beyond the ends it is the end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "bounded before the cast"
)]
pub(super) fn place(share: f64, size: usize) -> usize {
    let last = size.saturating_sub(1);
    if share.is_finite() { (share.clamp(0.0, 1.0) * last as f64).round() as usize } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_where_they_were_set() {
        let mut canvas = Canvas::new(2, 2);
        assert_eq!((canvas.wide(), canvas.high()), (4, 8));
        for (x, y) in [(0, 0), (3, 3), (1, 7), (4, 0), (0, 8)] {
            canvas.set(x, y);
        }
        assert_eq!(canvas.rows().collect::<Vec<_>>(), ["⠁⢀", "⢀"]);
    }

    #[test]
    fn a_share_beyond_the_ends_is_the_end() {
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 7.0, f64::NAN].map(|share| place(share, 11)), [0, 0, 5, 10, 10, 0]);
    }
}
