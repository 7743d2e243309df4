//! The category tree that a district keeps of its own: other words for the same things.

/// A child: code, name, and the default categories whose matters fall under it.
pub(in crate::command::demo) type Child = (&'static str, &'static str, &'static [&'static str]);

/// A root and its children.
pub(in crate::command::demo) type Root = (&'static str, &'static str, &'static [Child]);

#[rustfmt::skip]
pub(in crate::command::demo) const OWN_TREE: &[Root] = &[
    ("01", "健康守护", &[
        ("0101", "家门口看病", &["health.clinic", "health.rehabilitation"]),
        ("0102", "健康讲堂", &["health.lecture"]),
        ("0103", "心灵驿站", &["health.psychology"]),
    ]),
    ("02", "法润万家", &[
        ("0201", "说法讲法", &["law.lecture"]),
        ("0202", "法律帮办", &["law.advice", "law.aid"]),
        ("0203", "老李调解", &["mediation.neighbours", "mediation.property", "mediation.family"]),
    ]),
    ("03", "书香诗韵", &[
        ("0301", "课后学堂", &["edu.tutoring", "edu.supplies"]),
        ("0302", "读书与讲座", &["edu.lecture", "edu.reading"]),
        ("0303", "科普与数字生活", &["science.lecture", "science.digital"]),
    ]),
    ("04", "文体同乐", &[
        ("0401", "演出与传承", &["culture.show", "culture.heritage"]),
        ("0402", "健身活动", &["culture.sport"]),
        ("0403", "场地共享", &["culture.hall"]),
    ]),
    ("05", "美丽家园", &[
        ("0501", "清洁绿化", &["environment.cleaning", "environment.greening"]),
        ("0502", "垃圾分类", &["environment.sorting"]),
        ("0503", "小修小补", &["convenience.repair", "convenience.facilities"]),
    ]),
    ("06", "平安守望", &[
        ("0601", "巡防反诈", &["safety.patrol", "safety.fraud"]),
        ("0602", "消防应急", &["safety.fire", "disaster.supplies", "disaster.drill", "disaster.rescue"]),
        ("0603", "停车共享", &["safety.traffic"]),
    ]),
    ("07", "一老一小一困", &[
        ("0701", "敬老助残", &["care.elderly", "care.disabled", "care.company"]),
        ("0702", "护苗成长", &["care.children"]),
        ("0703", "微心愿与帮扶", &["relief.goods", "relief.wish", "relief.fund"]),
        ("0704", "举手之劳", &["convenience.haircut", "convenience.errand"]),
    ]),
    ("08", "党建与发展", &[
        ("0801", "组织共建", &["party.lecture", "party.activity", "party.joint"]),
        ("0802", "就业创业", &["employment.training", "employment.fair", "employment.advice"]),
    ]),
];
