//! Rows: from a line of a file to what it says, or why it cannot be loaded.

use csv::ByteRecord;
use entity::party::CommitteeKind;

use super::level::Level;

/// Where the columns of a file stand; their order may vary, and others are ignored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Columns {
    count: usize,
    code: usize,
    name: usize,
    parent: Option<usize>,
}

/// What a row says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) code: &'a str,
    /// The code as a number. Codes of one level are equally long, so that no two are the same number.
    pub(super) number: u64,
    pub(super) name: &'a str,
    /// The parent's code; none at the top.
    pub(super) parent: Option<&'a str>,
}

impl Columns {
    /// The columns that `header` names, or the one that it lacks.
    pub(super) fn find(level: &Level, header: &ByteRecord) -> Result<Self, String> {
        let find = |name: &str| {
            let place = header.iter().position(|column| column.trim_ascii() == name.as_bytes());
            place.ok_or_else(|| format!("its first line names no column {name}"))
        };
        Ok(Self {
            count: header.len(),
            code: find("code")?,
            name: find("name")?,
            parent: level.parent.as_ref().map(|parent| find(parent.column)).transpose()?,
        })
    }

    /// What `record` says, or what is wrong with it.
    pub(super) fn read<'a>(&self, level: &Level, record: &'a ByteRecord) -> Result<Row<'a>, String> {
        if record.len() != self.count {
            return Err(format!("it has {} columns where the first line has {}", record.len(), self.count));
        }
        let code = text(record, self.code)?;
        let number = number(level, code)?;
        let name = text(record, self.name)?;
        if name.is_empty() {
            return Err("the name is empty".to_owned());
        }
        if name.contains(char::is_control) {
            return Err("the name has a control character".to_owned());
        }
        let parent = self.parent.map(|column| text(record, column)).transpose()?;
        Ok(Row { code, number, name, parent })
    }
}

/// The number that a code of this level is: digits, as many as the level has.
pub(super) fn number(level: &Level, code: &str) -> Result<u64, String> {
    if code.is_empty() {
        return Err("the code is empty".to_owned());
    }
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("the code {code:?} is not made of digits"));
    }
    if code.len() != level.digits {
        let (level, digits) = (level.level.word(), level.digits);
        return Err(format!("the code {code} has {} digits where a {level} has {digits}", code.len()));
    }
    code.parse().map_err(|_| format!("the code {code} is too long"))
}

/// What kind of committee a community of this name has.
pub(super) fn committee(name: &str) -> CommitteeKind {
    if name.ends_with("居委会") || name.ends_with("居民委员会") {
        CommitteeKind::ResidentsCommittee
    } else if name.ends_with("村委会") || name.ends_with("村民委员会") {
        CommitteeKind::VillageCommittee
    } else {
        CommitteeKind::Other
    }
}

fn text(record: &ByteRecord, column: usize) -> Result<&str, String> {
    let value = record.get(column).unwrap_or_default();
    std::str::from_utf8(value).map(str::trim).map_err(|_| "it is not valid UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::division::level::LEVELS;

    const HEADER: [&str; 5] = ["name", "more", "provinceCode", "code", "cityCode"];

    fn read(values: &[&[u8]]) -> Result<(String, u64, String, Option<String>), String> {
        let district = LEVELS.get(2).ok_or("no such level")?;
        let columns = Columns::find(district, &ByteRecord::from(HEADER.to_vec()))?;
        let record = ByteRecord::from(values.to_vec());
        let row = columns.read(district, &record)?;
        Ok((row.code.to_owned(), row.number, row.name.to_owned(), row.parent.map(str::to_owned)))
    }

    fn reason(code: &[u8], name: &[u8]) -> String {
        read(&[name, b"", b"51", code, b"5106"]).err().unwrap_or_default()
    }

    #[test]
    fn columns_are_found_by_name() {
        let row = read(&["旌阳区".as_bytes(), b"x", b"51", b" 510603", b"5106"]);
        assert_eq!(row, Ok(("510603".to_owned(), 510_603, "旌阳区".to_owned(), Some("5106".to_owned()))));
        let lacking = LEVELS.get(1).map(|level| Columns::find(level, &ByteRecord::from(vec!["code", "name"])));
        assert_eq!(lacking, Some(Err("its first line names no column provinceCode".to_owned())));
    }

    #[test]
    fn a_bad_row_says_what_is_wrong() {
        assert_eq!(reason(b"", b"A"), "the code is empty");
        assert_eq!(reason(b"51060x", b"A"), "the code \"51060x\" is not made of digits");
        assert_eq!(reason("５10603".as_bytes(), b"A"), "the code \"５10603\" is not made of digits");
        assert_eq!(reason(b"5106", b"A"), "the code 5106 has 4 digits where a DISTRICT has 6");
        assert_eq!(reason(b"510603", b"\xe3\x80\x80"), "the name is empty");
        assert_eq!(reason(b"510603", b"a\0b"), "the name has a control character");
        assert_eq!(reason(b"510603", b"\xff"), "it is not valid UTF-8");
        assert_eq!(read(&[b"A", b"510603"]).err().as_deref(), Some("it has 2 columns where the first line has 5"));
    }

    #[test]
    fn the_name_says_which_committee() {
        assert_eq!(committee("多福巷社区居委会"), CommitteeKind::ResidentsCommittee);
        assert_eq!(committee("银闸社区居民委员会"), CommitteeKind::ResidentsCommittee);
        assert_eq!(committee("清河村委会"), CommitteeKind::VillageCommittee);
        assert_eq!(committee("清河村村民委员会"), CommitteeKind::VillageCommittee);
        assert_eq!(committee("高新区虚拟社区"), CommitteeKind::Other);
    }
}
