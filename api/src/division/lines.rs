//! A file, line by line. One line is one row, whatever its quotes say: no name of a division has a line break, and a quote that
//! is never closed would otherwise swallow the rest of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Lines {
    input: BufReader<File>,
    line: Vec<u8>,
    /// The number of the line read last; the first is 1.
    pub(super) number: u32,
    /// How many bytes were read.
    pub(super) bytes: u64,
    /// How many there are.
    pub(super) size: u64,
}

impl Lines {
    /// Opens the file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { input: BufReader::with_capacity(1 << 16, file), line: Vec::new(), number: 0, bytes: 0, size })
    }

    /// Reads the next line that is not blank into `record`; `false` at the end.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> io::Result<bool> {
        loop {
            self.line.clear();
            let read = self.input.read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(false);
            }
            self.bytes += u64::try_from(read).unwrap_or_default();
            self.number = self.number.saturating_add(1);
            if !self.line.trim_ascii().is_empty() {
                return Ok(split(&self.line, record)?);
            }
        }
    }
}

/// Splits a line into its values; a byte order mark before them is skipped.
fn split(line: &[u8], record: &mut ByteRecord) -> csv::Result<bool> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).buffer_capacity(line.len()).from_reader(line);
    reader.read_byte_record(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(line: &[u8]) -> Vec<String> {
        let mut record = ByteRecord::new();
        assert!(split(line, &mut record).is_ok());
        record.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    #[test]
    fn a_line_is_split_into_values() {
        assert_eq!(values(b"\xef\xbb\xbfcode,name\r\n"), ["code", "name"]);
        assert_eq!(values("51,\"四,川\"\"省\"\n".as_bytes()), ["51", "四,川\"省"]);
        assert_eq!(values("51,\"四川省,5106".as_bytes()), ["51", "四川省,5106"]);
    }
}
