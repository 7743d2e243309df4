//! Categories (类别): two levels, shared by the three lists. The default tree ships here; a district may have its own.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::prelude::Uuid;

use crate::dialect;

const TABLE: &str = r#"
CREATE TABLE category (
    id         {id}   NOT NULL PRIMARY KEY,
    parent_id  {id}   REFERENCES category (id),
    -- Whose tree it belongs to: a district's, or everybody's.
    area_id    {id}   REFERENCES area (id),
    code       {text} NOT NULL CHECK (code <> ''),
    name       {text} NOT NULL CHECK (name <> ''),
    position   INTEGER NOT NULL,
    created_at {time} NOT NULL
);
CREATE UNIQUE INDEX category_default_code ON category (code) WHERE area_id IS NULL;
CREATE UNIQUE INDEX category_own_code ON category (area_id, code) WHERE area_id IS NOT NULL;
CREATE INDEX category_children ON category (parent_id, position, id);
CREATE INDEX category_by_code ON category (code, id);
"#;

/// A root and what lies under it: code, Chinese name.
type Branch = ((&'static str, &'static str), &'static [(&'static str, &'static str)]);

const DEFAULT_TREE: &[Branch] = &[
    (
        ("health", "医疗健康"),
        &[
            ("health.clinic", "义诊体检"),
            ("health.lecture", "健康讲座"),
            ("health.rehabilitation", "康复护理"),
            ("health.psychology", "心理疏导"),
        ],
    ),
    (("law", "法律服务"), &[("law.advice", "法律咨询"), ("law.lecture", "普法宣传"), ("law.aid", "法律援助")]),
    (
        ("edu", "教育培训"),
        &[
            ("edu.tutoring", "课业辅导"),
            ("edu.lecture", "讲座培训"),
            ("edu.reading", "阅读推广"),
            ("edu.supplies", "助学用品"),
        ],
    ),
    (
        ("culture", "文化体育"),
        &[
            ("culture.show", "文艺演出"),
            ("culture.sport", "体育健身"),
            ("culture.hall", "场地共享"),
            ("culture.heritage", "非遗传承"),
        ],
    ),
    (
        ("environment", "环境卫生"),
        &[
            ("environment.cleaning", "清洁整治"),
            ("environment.greening", "绿化养护"),
            ("environment.sorting", "垃圾分类"),
        ],
    ),
    (
        ("safety", "平安建设"),
        &[
            ("safety.fire", "消防安全"),
            ("safety.patrol", "治安巡防"),
            ("safety.fraud", "反诈宣传"),
            ("safety.traffic", "交通停车"),
        ],
    ),
    (
        ("mediation", "矛盾调解"),
        &[("mediation.neighbours", "邻里纠纷"), ("mediation.property", "物业纠纷"), ("mediation.family", "家庭关系")],
    ),
    (
        ("care", "助老扶幼"),
        &[
            ("care.elderly", "为老服务"),
            ("care.children", "儿童关爱"),
            ("care.disabled", "助残服务"),
            ("care.company", "陪伴探访"),
        ],
    ),
    (("relief", "扶贫帮困"), &[("relief.goods", "物资捐助"), ("relief.wish", "微心愿"), ("relief.fund", "资金帮扶")]),
    (
        ("party", "党建引领"),
        &[("party.lecture", "党课宣讲"), ("party.activity", "主题党日"), ("party.joint", "联学共建")],
    ),
    (("science", "科学普及"), &[("science.lecture", "科普讲座"), ("science.digital", "数字助学")]),
    (
        ("employment", "就业创业"),
        &[("employment.training", "技能培训"), ("employment.fair", "招聘对接"), ("employment.advice", "创业指导")],
    ),
    (
        ("disaster", "应急救灾"),
        &[("disaster.supplies", "应急物资"), ("disaster.drill", "应急演练"), ("disaster.rescue", "抢险救援")],
    ),
    (
        ("convenience", "便民服务"),
        &[
            ("convenience.repair", "家电维修"),
            ("convenience.haircut", "理发缝补"),
            ("convenience.facilities", "设施改造"),
            ("convenience.errand", "代办跑腿"),
        ],
    ),
];

/// 2026-01-01 00:00 in Shanghai, milliseconds.
const SHIPPED_AT: i64 = 1_767_196_800_000;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        dialect::run(manager, TABLE).await?;
        let mut insert = Query::insert();
        insert.into_table("category").columns(["id", "parent_id", "code", "name", "position", "created_at"]);
        let mut serial = 0;
        let mut add = |parent: Option<Uuid>, (code, name): (&str, &str), position: i32| {
            serial += 1;
            let id = shipped_id(serial);
            insert
                .values([id.into(), parent.into(), code.into(), name.into(), position.into(), SHIPPED_AT.into()])
                .map_err(|error| DbErr::Custom(error.to_string()))?;
            Ok::<_, DbErr>(id)
        };
        for (position, (root, children)) in (0..).zip(DEFAULT_TREE) {
            let parent = add(None, *root, position)?;
            for (position, child) in (0..).zip(*children) {
                add(Some(parent), *child, position)?;
            }
        }
        manager.execute(insert).await
    }
}

/// The same key on every database, so that a category's id is the same everywhere: a version 7 key of the day it shipped.
fn shipped_id(serial: u128) -> Uuid {
    Uuid::from_u128(((SHIPPED_AT as u128) << 80) | (7 << 76) | (2 << 62) | serial)
}
