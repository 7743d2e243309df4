//! The five levels that have files.

use entity::area::AreaLevel;

/// A level: its file and what a row of it looks like.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) level: AreaLevel,
    pub(super) file: &'static str,
    /// How many digits its codes have.
    pub(super) digits: usize,
    pub(super) parent: Option<Parent>,
}

/// What a level lies in, and the column that says so.
#[derive(Debug)]
pub(super) struct Parent {
    pub(super) level: AreaLevel,
    pub(super) file: &'static str,
    pub(super) column: &'static str,
}

/// Parents before children.
pub(super) static LEVELS: [Level; 5] = [
    Level { level: AreaLevel::Province, file: "provinces.csv", digits: 2, parent: None },
    Level {
        level: AreaLevel::City,
        file: "cities.csv",
        digits: 4,
        parent: Some(Parent { level: AreaLevel::Province, file: "provinces.csv", column: "provinceCode" }),
    },
    Level {
        level: AreaLevel::District,
        file: "areas.csv",
        digits: 6,
        parent: Some(Parent { level: AreaLevel::City, file: "cities.csv", column: "cityCode" }),
    },
    Level {
        level: AreaLevel::Street,
        file: "streets.csv",
        digits: 9,
        parent: Some(Parent { level: AreaLevel::District, file: "areas.csv", column: "areaCode" }),
    },
    Level {
        level: AreaLevel::Community,
        file: "villages.csv",
        digits: 12,
        parent: Some(Parent { level: AreaLevel::Street, file: "streets.csv", column: "streetCode" }),
    },
];
