//! Real divisions: a country in miniature, imported, asked about, and imported again after it changed.

use std::path::{Path, PathBuf};

use api::command::division::{Progress, Report, import};
use api::command::verify::verify;
use entity::area::{self, AreaLevel};
use entity::party::{self, CommitteeKind};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{World, case};

const PROVINCES: &str = "code,name\n44,广东省\n51,四川省\n";
const CITIES: &str = "code,name,provinceCode\n4419,东莞市,44\n5106,德阳市,51\n";
const DISTRICTS: &str = "code,name,cityCode,provinceCode\n510603,旌阳区,5106,51\n510604,罗江区,5106,51\n";
const STREETS: &str = "code,name,areaCode,provinceCode,cityCode\n\
                       510603001,旌阳街道,510603,51,5106\n510603100,黄许镇,510603,51,5106\n510604100,万安镇,510604,51,5106\n";
const VILLAGES: &str = "code,name,streetCode,provinceCode,cityCode,areaCode\n\
                        510603001001,文庙社区居委会,510603001,51,5106,510603\n\
                        510603001002,东街社区居民委员会,510603001,51,5106,510603\n\
                        510603100201,新丰村委会,510603100,51,5106,510603\n\
                        510604100201,鄢家村村民委员会,510604100,51,5106,510604\n\
                        510604100498,高新区虚拟社区,510604100,51,5106,510604\n";

/// The five files, as a folder has them.
const COUNTRY: &[(&str, &str)] = &[
    ("provinces.csv", PROVINCES),
    ("cities.csv", CITIES),
    ("areas.csv", DISTRICTS),
    ("streets.csv", STREETS),
    ("villages.csv", VILLAGES),
];

/// A folder of files, which may be written again.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn country() -> Self {
        Self::new(COUNTRY)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Holds that the areas with these codes, and no others, have ended.
    async fn finds_ended(&self, world: &World, codes: &[&str]) {
        assert_eq!(world.stranger.list("areas", "code", "{ ended: true }").await, codes);
    }

    /// Imports the whole folder.
    async fn import(&self, world: &World) -> Report {
        load(world, &[self.0.path()]).await.unwrap()
    }
}

async fn load(world: &World, paths: &[&Path]) -> api::kernel::error::Result<Report> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    import(&world.database, &paths, world.now, |_: Progress<'_>| ()).await
}

fn report(new: u64, changed: u64, same: u64, gone: u64) -> Report {
    Report { new, changed, same, gone, ..Report::default() }
}

case!(a_country_becomes_a_tree_with_its_communities);
async fn a_country_becomes_a_tree_with_its_communities(world: World) {
    let files = Files::country();
    let mut last = Vec::new();
    let paths = [files.0.path().to_owned()];
    let done = import(&world.database, &paths, world.now, |Progress { file, rows, bytes, size }| {
        last.push((file.file_name().unwrap().to_owned(), rows, bytes == size));
    });
    assert_eq!(done.await.unwrap(), report(14, 0, 0, 0));
    let rows: Vec<(&str, u64, bool)> =
        last.iter().map(|(file, rows, end)| (file.to_str().unwrap(), *rows, *end)).collect();
    let ends = [("provinces.csv", 2), ("cities.csv", 2), ("areas.csv", 2), ("streets.csv", 3), ("villages.csv", 5)];
    assert_eq!(rows, ends.map(|(file, rows)| (file, rows, true)));

    let tree = [
        "44/ PROVINCE 广东省",
        "44/4419/ CITY 东莞市",
        "51/ PROVINCE 四川省",
        "51/5106/ CITY 德阳市",
        "51/5106/510603/ DISTRICT 旌阳区",
        "51/5106/510603/510603001/ STREET 旌阳街道",
        "51/5106/510603/510603001/510603001001/ COMMUNITY 文庙社区居委会",
        "51/5106/510603/510603001/510603001002/ COMMUNITY 东街社区居民委员会",
        "51/5106/510603/510603100/ STREET 黄许镇",
        "51/5106/510603/510603100/510603100201/ COMMUNITY 新丰村委会",
        "51/5106/510604/ DISTRICT 罗江区",
        "51/5106/510604/510604100/ STREET 万安镇",
        "51/5106/510604/510604100/510604100201/ COMMUNITY 鄢家村村民委员会",
        "51/5106/510604/510604100/510604100498/ COMMUNITY 高新区虚拟社区",
    ];
    assert_eq!(areas(&world).await, tree);
    let committees = [
        ("文庙社区居委会", CommitteeKind::ResidentsCommittee),
        ("东街社区居民委员会", CommitteeKind::ResidentsCommittee),
        ("新丰村委会", CommitteeKind::VillageCommittee),
        ("鄢家村村民委员会", CommitteeKind::VillageCommittee),
        ("高新区虚拟社区", CommitteeKind::Other),
    ];
    let parties = parties(&world).await;
    assert!(parties.iter().map(|party| (party.name.as_str(), party.committee_kind.unwrap())).eq(committees));
    holds(&world).await;
}

case!(a_stranger_walks_down_the_country);
async fn a_stranger_walks_down_the_country(world: World) {
    Files::country().import(&world).await;
    let query = r#"{ area(code: "510603") { children(first: 5) { nodes {
        name communities(first: 5) { totalCount nodes { name } } } } } }"#;
    let answer = world.stranger.ask(query).await;
    let street = |name: &str, communities: &[&str]| {
        let nodes: Vec<_> = communities.iter().map(|name| json!({ "name": name })).collect();
        json!({ "name": name, "communities": { "totalCount": nodes.len(), "nodes": nodes } })
    };
    let streets = [street("旌阳街道", &["文庙社区居委会", "东街社区居民委员会"]), street("黄许镇", &["新丰村委会"])];
    assert_eq!(answer.good(), &json!({ "area": { "children": { "nodes": streets } } }));
    assert!(answer.body["extensions"]["cost"]["statements"].as_u64() <= Some(5), "{}", answer.text);
    let community = world.stranger.ask(r#"{ community(code: "510603001001") { code area { fullName } } }"#).await;
    let full_name = "四川省德阳市旌阳区旌阳街道文庙社区居委会";
    assert_eq!(community.good()["community"], json!({ "code": "510603001001", "area": { "fullName": full_name } }));
}

case!(a_second_run_changes_nothing);
async fn a_second_run_changes_nothing(world: World) {
    let files = Files::country();
    files.import(&world).await;
    let before = (rows(&world).await, parties(&world).await);
    assert_eq!(files.import(&world).await, report(0, 0, 14, 0));
    assert_eq!((rows(&world).await, parties(&world).await), before);
}

case!(what_was_renamed_follows_and_what_is_gone_stays);
async fn what_was_renamed_follows_and_what_is_gone_stays(world: World) {
    let files = Files::country();
    files.import(&world).await;
    let before = areas(&world).await;
    files.write(
        "villages.csv",
        VILLAGES
            .replace("新丰村委会", "新丰社区居委会")
            .replace("510604100498,高新区虚拟社区,510604100,51,5106,510604\n", ""),
    );
    assert_eq!(files.import(&world).await, Report { ended: 1, ..report(0, 1, 12, 1) });
    let mut after = before;
    after[9] = "51/5106/510603/510603100/510603100201/ COMMUNITY 新丰社区居委会".to_owned();
    assert_eq!(areas(&world).await, after);
    let party = party(&world, "510603100201").await;
    assert_eq!(
        (party.name.as_str(), party.committee_kind, party.version),
        ("新丰社区居委会", Some(CommitteeKind::ResidentsCommittee), 2)
    );
    assert_eq!(party_count(&world).await, 5);
    let told = world.stranger.read("{ areas(filter: { ended: true }) { nodes { code } } communities(filter: { formerNames: { some: { name: { eq: \"新丰村委会\" } } } }) { nodes { name formerNames { name } } } }");
    let told = told.await;
    assert_eq!(told["areas"]["nodes"], json!([{ "code": "510604100498" }]));
    assert_eq!(
        told["communities"]["nodes"],
        json!([{ "name": "新丰社区居委会", "formerNames": [{ "name": "新丰村委会" }] }])
    );
    // It is ended once, and is there again when the register has it again.
    assert_eq!(files.import(&world).await, report(0, 0, 13, 1));
    files.write("villages.csv", VILLAGES.replace("新丰村委会", "新丰社区居委会"));
    assert_eq!(files.import(&world).await, report(0, 1, 13, 0));
    files.finds_ended(&world, &[]).await;
}

case!(what_lies_in_something_that_is_gone_is_gone_too);
async fn what_lies_in_something_that_is_gone_is_gone_too(world: World) {
    let files = Files::country();
    files.import(&world).await;
    let without = |text: &str, code: &str| {
        let lines = text.lines().filter(|line| !line.contains(code)).collect::<Vec<_>>();
        lines.join("\n") + "\n"
    };
    // A file that tells of one street alone says nothing of the others.
    let villages = files.path("villages.csv");
    files.write(
        "villages.csv",
        "code,name,streetCode,provinceCode,cityCode,areaCode\n510603001001,文庙社区居委会,510603001,51,5106,510603\n",
    );
    assert_eq!(load(&world, &[&villages]).await.unwrap(), Report { ended: 1, ..report(0, 0, 1, 4) });
    files.finds_ended(&world, &["510603001002"]).await;
    files.write("villages.csv", without(VILLAGES, "510603100"));
    files.write("streets.csv", without(STREETS, "510603100"));
    let done = files.import(&world).await;
    assert_eq!((done.ended, done.gone, done.changed), (2, 2, 1));
    files.finds_ended(&world, &["510603100", "510603100201"]).await;
    holds(&world).await;
}

case!(a_name_that_people_gave_stays);
async fn a_name_that_people_gave_stays(world: World) {
    let files = Files::country();
    files.import(&world).await;
    let mut touched = party(&world, "510603001001").await.into_active_model();
    touched.name = Set("文庙社区".to_owned());
    let touched = touched.update(&world.database.writer).await.unwrap();
    files.write("villages.csv", VILLAGES.replace("文庙社区居委会", "孔庙社区居委会"));
    assert_eq!(files.import(&world).await, report(0, 1, 13, 0));
    assert!(areas(&world).await[6].ends_with("孔庙社区居委会"));
    assert_eq!(party(&world, "510603001001").await, touched);
}

case!(a_district_moves_with_all_that_lies_in_it);
async fn a_district_moves_with_all_that_lies_in_it(world: World) {
    let files = Files::country();
    files.import(&world).await;
    files.write("areas.csv", DISTRICTS.replace("510603,旌阳区,5106,51", "510603,旌阳区,4419,44"));
    assert_eq!(files.import(&world).await, report(0, 1, 13, 0));
    let moved: Vec<String> = areas(&world).await.into_iter().filter(|area| area.contains("510603/")).collect();
    let below = [
        "44/4419/510603/ DISTRICT 旌阳区",
        "44/4419/510603/510603001/ STREET 旌阳街道",
        "44/4419/510603/510603001/510603001001/ COMMUNITY 文庙社区居委会",
        "44/4419/510603/510603001/510603001002/ COMMUNITY 东街社区居民委员会",
        "44/4419/510603/510603100/ STREET 黄许镇",
        "44/4419/510603/510603100/510603100201/ COMMUNITY 新丰村委会",
    ];
    assert_eq!(moved, below);
    assert_eq!(party(&world, "510603001001").await.area_path, "44/4419/510603/510603001/510603001001/");
    assert_eq!(files.import(&world).await, report(0, 0, 14, 0));
    holds(&world).await;
}

case!(bad_rows_are_named_and_the_rest_goes_on);
async fn bad_rows_are_named_and_the_rest_goes_on(world: World) {
    let files = Files::country();
    let mut text =
        Vec::from("code,name,provinceCode\n5106,德阳市,51\n,无码市,51\n51x1,错码市,51\n510,短码市,51\n5107,,51\n");
    text.extend(
        "5108,广元\u{7}市,51\n5109,遂宁市,99\n5106,又德阳市,51\n5110,内江市\n5111,乐山市,51,多\n5112,".as_bytes(),
    );
    text.extend([0xff, 0xfe]);
    text.extend(",51\n4419,东莞市,44\n".as_bytes());
    files.write("cities.csv", text);
    let done = files.import(&world).await;
    let reasons = [
        (3, "the code is empty"),
        (4, "the code \"51x1\" is not made of digits"),
        (5, "the code 510 has 3 digits where a CITY has 4"),
        (6, "the name is empty"),
        (7, "the name has a control character"),
        (8, "no PROVINCE has the code \"99\", in which 5109 would lie"),
        (9, "the code 5106 is in line 2 already"),
        (10, "it has 2 columns where the first line has 3"),
        (11, "it has 4 columns where the first line has 3"),
        (12, "it is not valid UTF-8"),
    ];
    let file = files.path("cities.csv");
    let told: Vec<String> = done.bad.iter().map(ToString::to_string).collect();
    assert_eq!(told, reasons.map(|(line, reason)| format!("{}:{line}: {reason}", file.display())));
    assert_eq!((done.new, done.changed, done.same, done.gone, done.bad_total), (14, 0, 0, 0, 10));
    holds(&world).await;
}

case!(a_code_of_another_level_is_refused);
async fn a_code_of_another_level_is_refused(world: World) {
    let given = &world.given;
    let province = given.area(None, AreaLevel::Province).code("51").name("四川省").await;
    // A zone with a code of its own, as long as a city's.
    given.area(&province, AreaLevel::District).code("5106").name("高新区").await;
    let done = Files::country().import(&world).await;
    assert_eq!(done.bad[0].reason, "the code 5106 is that of an area of another level");
    // What would lie in it has nothing to lie in, down to the communities.
    assert_eq!((done.new, done.same, done.bad_total), (2, 1, 11));
    assert_eq!(
        areas(&world).await,
        ["44/ PROVINCE 广东省", "44/4419/ CITY 东莞市", "51/ PROVINCE 四川省", "51/5106/ DISTRICT 高新区"]
    );
}

case!(files_of_any_dress_are_read);
async fn files_of_any_dress_are_read(world: World) {
    let files = Files::country();
    let provinces = ["\u{feff}name,more,code", "四川省,x,51", "\"广东省\",\"a,b\",44", ""].join("\r\n");
    files.write("provinces.csv", provinces);
    files.write("cities.csv", "provinceCode , code,name\n51, 5106 ,德阳市\n\n44,4419,东莞市");
    assert_eq!(files.import(&world).await, report(14, 0, 0, 0));
    assert_eq!(areas(&world).await[..2], ["44/ PROVINCE 广东省", "44/4419/ CITY 东莞市"]);
}

case!(a_path_without_files_is_refused_and_nothing_is_written);
async fn a_path_without_files_is_refused_and_nothing_is_written(world: World) {
    let files = Files::new(&[("streets.csv", STREETS), ("README.md", "")]);
    let empty = tempfile::tempdir().unwrap();
    let names = "provinces.csv, cities.csv, areas.csv, streets.csv, villages.csv";
    let streets = "streets.csv needs areas.csv, which was not found; the database has no DISTRICT either.";
    let (nowhere, readme) = (files.path("nowhere"), files.path("README.md"));
    let refusals = [
        (vec![], format!("Name a folder with {names}.")),
        (vec![nowhere.as_path()], format!("There is no {}.", nowhere.display())),
        (vec![readme.as_path()], format!("{} is none of {names}.", readme.display())),
        (vec![empty.path()], format!("{} has none of {names}.", empty.path().display())),
        (vec![files.0.path()], streets.to_owned()),
    ];
    for (paths, words) in refusals {
        assert_eq!(load(&world, &paths).await.unwrap_err().to_string(), words);
    }
    files.write("provinces.csv", "name\n四川省\n");
    let provinces = files.path("provinces.csv");
    let refused = load(&world, &[&provinces]).await.unwrap_err().to_string();
    assert_eq!(refused, format!("{}: its first line names no column code.", provinces.display()));
    assert_eq!(areas(&world).await, [""; 0]);
}

case!(an_import_that_broke_off_is_carried_on);
async fn an_import_that_broke_off_is_carried_on(world: World) {
    let files = Files::country();
    let (provinces, cities, villages) =
        (files.path("provinces.csv"), files.path("cities.csv"), files.path("villages.csv"));
    assert_eq!(load(&world, &[&provinces, &cities]).await.unwrap(), report(4, 0, 0, 0));
    assert_eq!(files.import(&world).await, report(10, 0, 4, 0));
    // Half of a file is there, as after a batch of it.
    let half = Files::country();
    half.write("villages.csv", format!("{VILLAGES}510603001003,南街社区居委会,510603001,51,5106,510603\n"));
    assert_eq!(half.import(&world).await, report(1, 0, 14, 0));
    // One file alone finds its parents in the database.
    assert_eq!(load(&world, &[&villages]).await.unwrap(), Report { ended: 1, ..report(0, 0, 5, 1) });
    holds(&world).await;
}

case!(more_rows_than_a_batch_holds_are_all_loaded);
async fn more_rows_than_a_batch_holds_are_all_loaded(world: World) {
    let files = Files::country();
    let village = |place: usize| format!("5106031{place:05},第{place}社区居委会,510603100,51,5106,510603\n");
    let villages = |name: &str| {
        let rows: String = (10_000..12_050).map(village).collect();
        format!("code,name,streetCode,provinceCode,cityCode,areaCode\n{}", rows.replace("居委会", name))
    };
    files.write("villages.csv", villages("居委会"));
    assert_eq!(files.import(&world).await, report(2_059, 0, 0, 0));
    assert_eq!(party_count(&world).await, 2_050);
    files.write("villages.csv", villages("居民委员会"));
    assert_eq!(files.import(&world).await, report(0, 2_050, 9, 0));
    holds(&world).await;
}

/// Path, level and name of every area, in the order of the tree.
async fn areas(world: &World) -> Vec<String> {
    let words =
        |area: area::Model| format!("{} {} {}", area.path, sea_orm::ActiveEnum::to_value(&area.level), area.name);
    rows(world).await.into_iter().map(words).collect()
}

async fn rows(world: &World) -> Vec<area::Model> {
    area::Entity::find().order_by_asc(area::Column::Path).all(&world.database.reader).await.unwrap()
}

/// The communities, in the order of the tree.
async fn parties(world: &World) -> Vec<party::Model> {
    party::Entity::find().order_by_asc(party::Column::AreaPath).all(&world.database.reader).await.unwrap()
}

async fn party_count(world: &World) -> usize {
    parties(world).await.len()
}

/// The community whose area has this code.
async fn party(world: &World, code: &str) -> party::Model {
    let area =
        area::Entity::find().filter(area::Column::Code.eq(code)).one(&world.database.reader).await.unwrap().unwrap();
    let party = party::Entity::find().filter(party::Column::AreaId.eq(area.id));
    party.one(&world.database.reader).await.unwrap().unwrap()
}

async fn holds(world: &World) {
    let verdict = verify(&world.database, |_| ()).await.unwrap();
    assert!(verdict.holds(), "{verdict:#?}");
}
