//! How far long work is, on stderr and only on a terminal.

use std::fs::File;
use std::io::Read;

use indicatif::{ProgressBar, ProgressStyle};

use crate::visible::visible;

/// Files below this are read before anybody wonders.
const LARGE: u64 = 8 << 20;

/// Reads a file, and shows how far it is when the file is large.
#[must_use]
pub fn reading(name: &str, file: File) -> Box<dyn Read> {
    let length = file.metadata().map_or(0, |meta| meta.len());
    if length < LARGE {
        return Box::new(file);
    }
    let bar = ProgressBar::new(length).with_message(visible(name));
    Box::new(styled(bar, "{msg} {bar:30} {bytes}/{total_bytes}").wrap_read(file))
}

/// A bar over so many requests; it is gone when it is dropped.
#[must_use]
pub fn requests(name: &str, count: usize) -> ProgressBar {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    styled(ProgressBar::new(count).with_message(visible(name)), "{msg} {bar:30} {pos}/{len} requests")
}

/// indicatif draws on stderr and hides itself where that is no terminal.
fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style).with_finish(indicatif::ProgressFinish::AndClear)
}
