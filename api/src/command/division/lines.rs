//! A file, line by line. One line is one row, whatever its quotes say: no name of a division has a line break, and a quote that
//! is never closed would otherwise swallow the rest of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};

/// A file that is being read.
pub(super) struct Lines {
    input: Box<dyn BufRead + Send>,
    parser: Reader<Line>,
    /// The number of the line read last; the first is 1.
    pub(super) number: u32,
    /// How many bytes were read.
    pub(super) bytes: u64,
    /// How many there are.
    pub(super) size: u64,
}

/// The line in hand, as the parser reads it: building a parser for every line would take most of the time.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    read: usize,
    dry: bool,
}

impl Lines {
    /// Opens the file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Self::of(Box::new(BufReader::with_capacity(1 << 16, file)), size))
    }

    fn of(input: Box<dyn BufRead + Send>, size: u64) -> Self {
        Self { input, parser: parser(), number: 0, bytes: 0, size }
    }

    /// Reads the next line that is not blank into `record`; `false` at the end.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> io::Result<bool> {
        loop {
            let line = self.parser.get_mut();
            line.text.clear();
            line.read = 0;
            let read = self.input.read_until(b'\n', &mut line.text)?;
            if read == 0 {
                return Ok(false);
            }
            self.bytes += u64::try_from(read).unwrap_or_default();
            self.number = self.number.saturating_add(1);
            if !line.text.trim_ascii().is_empty() {
                return Ok(self.split(record)?);
            }
        }
    }

    fn split(&mut self, record: &mut ByteRecord) -> csv::Result<bool> {
        let read = self.parser.read_byte_record(record);
        // A parser that asked for more than the line, for the end of a quote, takes that for the end of the file.
        if self.parser.get_ref().dry {
            self.parser = parser();
        }
        read
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.text.get(self.read..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.read += count;
        self.dry |= count == 0;
        Ok(count)
    }
}

/// Flexible, so that a row with too many or too few values is one bad row and not the end.
fn parser() -> Reader<Line> {
    ReaderBuilder::new().has_headers(false).flexible(true).from_reader(Line::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &'static str) -> io::Result<Vec<(u32, String)>> {
        let mut lines = Lines::of(Box::new(text.as_bytes()), 0);
        let (mut record, mut rows) = (ByteRecord::new(), Vec::new());
        while lines.next(&mut record)? {
            let values: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
            rows.push((lines.number, values.join("|")));
        }
        Ok(rows)
    }

    #[test]
    fn rows_know_their_lines() -> io::Result<()> {
        let found = rows("\u{feff}code,name\r\n\r\n51,\"四,川\"\"省\"\r\n \n\n50,重庆市")?;
        assert_eq!(found, [(1, "code|name".into()), (3, "51|四,川\"省".into()), (6, "50|重庆市".into())]);
        Ok(())
    }

    #[test]
    fn a_quote_never_closed_costs_one_row() -> io::Result<()> {
        let found = rows("code,name\n51,\"四川省,1\n50,\"重庆市\"\n11,x\"y\n12,天津市\n")?;
        let names: Vec<_> = found.iter().map(|(line, row)| (*line, row.trim())).collect();
        assert_eq!(names, [(1, "code|name"), (2, "51|四川省,1"), (3, "50|重庆市"), (4, "11|x\"y"), (5, "12|天津市")]);
        Ok(())
    }
}
