//! Rows of CSV with the lines on which they stand.

use std::io::Read;

use csv::ByteRecord;

use crate::fault::Fault;
use crate::metrics::csv::malformed;

/// The rows of a CSV file with their lines. The reader's own count is off behind blank lines and carriage returns.
pub(super) struct Rows<R> {
    reader: csv::Reader<R>,
    row: ByteRecord,
}

impl Rows<()> {
    pub(super) fn new(text: impl Read, delimiter: u8) -> Rows<impl Read> {
        // Behind the last row comes a line end in any case, so that lines are counted by their ends.
        let text = WithoutReturns(text).chain(b"\n".as_slice());
        let mut builder = csv::ReaderBuilder::new();
        builder.buffer_capacity(1 << 16).delimiter(delimiter).has_headers(false).flexible(true);
        Rows { reader: builder.from_reader(text), row: ByteRecord::new() }
    }
}

impl<R: Read> Rows<R> {
    /// The next row with the line on which it begins.
    ///
    /// # Errors
    /// A fault when the file cannot be read.
    pub(super) fn next(&mut self, source: &str) -> Result<Option<(&ByteRecord, u64)>, Fault> {
        if !self.reader.read_byte_record(&mut self.row).map_err(|error| malformed(source, &error))? {
            return Ok(None);
        }
        let ends = self.row.as_slice().iter().filter(|byte| **byte == b'\n').count();
        let next = self.reader.position().line();
        Ok(Some((&self.row, next.saturating_sub(1).saturating_sub(u64::try_from(ends).unwrap_or(0)))))
    }
}

/// Text whose lines end in a line feed alone.
struct WithoutReturns<R>(R);

impl<R: Read> Read for WithoutReturns<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let filled = self.0.read(buffer)?;
            let mut kept = 0;
            for at in 0..filled {
                if buffer.get(at).is_some_and(|byte| *byte != b'\r') {
                    buffer.swap(kept, at);
                    kept = kept.saturating_add(1);
                }
            }
            // Nothing left of something is not the end.
            if kept > 0 || filled == 0 {
                return Ok(kept);
            }
        }
    }
}
