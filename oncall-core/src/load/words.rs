//! Numbers with what they count.

/// `1 week`, `2 weeks`.
pub(crate) fn counted(number: u64, unit: &str) -> String {
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}
