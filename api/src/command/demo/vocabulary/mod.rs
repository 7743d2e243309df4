//! The words of the demo data: tables of texts, and how their slots are filled.

pub(super) mod needs;
pub(super) mod organisations;
pub(super) mod people;
pub(super) mod places;
pub(super) mod remarks;
pub(super) mod resources;
pub(super) mod services;
pub(super) mod trees;

use entity::list_item::{ListItemKind, ResourceForm, ServiceMode};

use super::dice::Dice;

const TABLES: [&[Entry]; 6] = [
    needs::OF_COMMUNITIES,
    needs::OF_UNITS,
    resources::OF_UNITS,
    resources::OF_COMMUNITIES,
    services::OF_UNITS,
    services::OF_COMMUNITIES,
];

/// The codes of the default categories that the tables speak of, some more than once.
pub(super) fn categories() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().flatten().map(|entry| entry.category)
}

/// A list item in outline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Code of a default category.
    pub(super) category: &'static str,
    pub(super) offer: Offer,
    /// Fewest and most; 0 for unlimited.
    pub(super) amount: (i32, i32),
    pub(super) measure: &'static str,
    pub(super) titles: &'static [&'static str],
    pub(super) text: &'static str,
}

/// Which list it is of, with what that list adds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Offer {
    Need,
    Resource(ResourceForm),
    Service(ServiceMode, &'static str),
}

impl Offer {
    pub(super) const fn kind(self) -> ListItemKind {
        match self {
            Self::Need => ListItemKind::Need,
            Self::Resource(_) => ListItemKind::Resource,
            Self::Service(..) => ListItemKind::Service,
        }
    }

    pub(super) const fn form(self) -> Option<ResourceForm> {
        match self {
            Self::Resource(form) => Some(form),
            Self::Need | Self::Service(..) => None,
        }
    }
}

const fn need(
    category: &'static str,
    amount: (i32, i32),
    measure: &'static str,
    titles: &'static [&'static str],
    text: &'static str,
) -> Entry {
    Entry { category, offer: Offer::Need, amount, measure, titles, text }
}

const fn resource(
    category: &'static str,
    form: ResourceForm,
    amount: (i32, i32),
    measure: &'static str,
    titles: &'static [&'static str],
    text: &'static str,
) -> Entry {
    Entry { category, offer: Offer::Resource(form), amount, measure, titles, text }
}

const fn service(
    category: &'static str,
    mode: ServiceMode,
    frequency: &'static str,
    amount: (i32, i32),
    measure: &'static str,
    titles: &'static [&'static str],
    text: &'static str,
) -> Entry {
    Entry { category, offer: Offer::Service(mode, frequency), amount, measure, titles, text }
}

/// The names that an item's text may mention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    pub(super) community: &'a str,
    pub(super) compound: &'a str,
    pub(super) unit: &'a str,
    /// How many the item is of; none for unlimited.
    pub(super) quantity: Option<i32>,
}

const SPOTS: &[&str] = &[
    "东巷",
    "西巷",
    "后街",
    "北门",
    "南门口",
    "活动广场",
    "3栋楼下",
    "5栋和6栋之间",
    "12栋二单元",
    "自行车棚",
    "老水塔旁",
    "菜市场后面",
    "幼儿园门口",
    "公交站旁",
    "河堤步道",
    "晒坝",
    "地下车库入口",
    "老厂区大门",
];
const ELDERLY: &[&str] =
    &["独居老人", "空巢老人", "高龄老人", "失能老人", "退休老师傅", "老党员", "失独老人", "残疾老人"];
const CHILDREN: &[&str] = &["留守儿童", "困境儿童", "双职工家庭孩子", "小学生", "初中生", "单亲家庭孩子", "随迁子女"];
const TIMES: &[&str] = &[
    "周六上午",
    "周日下午",
    "周五晚上",
    "下周三",
    "月底前",
    "每周二下午",
    "国庆前",
    "重阳节",
    "暑假里",
    "开学前",
    "春节前",
    "端午节",
    "每月15日",
];

/// `text` with each slot in braces filled; what is no slot stays as it stands.
pub(super) fn fill(text: &str, names: Names<'_>, dice: &mut Dice) -> String {
    let mut filled = String::with_capacity(text.len() + 24);
    let mut rest = text;
    while let Some((before, slot, after)) = next_slot(rest) {
        filled.push_str(before);
        match slot {
            "社区" => filled.push_str(names.community),
            "小区" => filled.push_str(names.compound),
            "单位" => filled.push_str(names.unit),
            "量" => match names.quantity {
                Some(quantity) => filled.push_str(&quantity.to_string()),
                None => filled.push('多'),
            },
            "处" => filled.push_str(dice.pick(SPOTS)),
            "老人" => filled.push_str(dice.pick(ELDERLY)),
            "孩子" => filled.push_str(dice.pick(CHILDREN)),
            "时" => filled.push_str(dice.pick(TIMES)),
            "数" => filled.push_str(&(dice.between(4, 24) * 5).to_string()),
            other => filled.push_str(other),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

fn next_slot(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (slot, after) = rest.split_once('}')?;
    Some((before, slot, after))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn slots_are_filled_by_name() {
        let names = Names { community: "文庙社区", compound: "锦绣花园", unit: "区法院", quantity: Some(3) };
        let mut dice = Dice::new(1);
        assert_eq!(fill("{单位}送{量}份到{社区}的{小区}", names, &mut dice), "区法院送3份到文庙社区的锦绣花园");
        for text in TABLES.into_iter().flatten().flat_map(|entry| entry.titles.iter().chain([&entry.text])) {
            assert!(!fill(text, names, &mut dice).contains(['{', '}']), "{text}");
        }
    }

    #[test]
    fn titles_are_many_and_each_stands_once() {
        let titles: Vec<_> = TABLES.into_iter().flatten().flat_map(|entry| entry.titles).collect();
        assert_eq!(titles.len(), titles.iter().collect::<BTreeSet<_>>().len());
        assert!(titles.len() >= 300, "{}", titles.len());
    }

    #[test]
    fn the_own_tree_has_a_place_for_every_category_in_use() {
        let covered: Vec<_> =
            trees::OWN_TREE.iter().flat_map(|(_, _, children)| *children).flat_map(|(_, _, codes)| *codes).collect();
        assert_eq!(covered.len(), covered.iter().collect::<BTreeSet<_>>().len());
        for entry in TABLES.into_iter().flatten() {
            assert!(covered.contains(&&entry.category), "{}", entry.category);
        }
    }

    #[test]
    fn communities_have_names_enough_for_a_city() {
        assert_eq!(places::COMMUNITIES.len(), places::COMMUNITIES.iter().collect::<BTreeSet<_>>().len());
        assert!(places::COMMUNITIES.len() >= 208, "{}", places::COMMUNITIES.len());
    }
}
