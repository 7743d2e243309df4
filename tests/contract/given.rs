//! The rows that cases begin with hold the rules that the product holds, so that a case fails for its own reason.

use std::collections::HashMap;

use api::feature::claim::{machine, quantity};
use entity::area::AreaLevel;
use entity::claim::{self, ClaimStatus};
use entity::claim_event::{self, ClaimAction};
use entity::list_item::{self, ListItemStatus, ResourceForm, ServiceMode, Urgency, Visibility};
use entity::party::UnitKind;
use sea_orm::{ActiveEnum, EntityTrait, Iterable, QueryOrder};

use crate::harness::{World, case};

case!(every_claim_replays_to_its_status_and_holds_its_quantity);
async fn every_claim_replays_to_its_status_and_holds_its_quantity(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let unit = given.unit("区人民医院").kind(UnitKind::Hospital).await;
    for status in ClaimStatus::iter() {
        let need = given.need(&community).quantity(3).await;
        given.claim(&need, &unit).status(status).quantity(2).await;
        let hall = given.resource(&unit).form(ResourceForm::Venue).quantity(1).auto_accept().await;
        given.claim(&hall, &community).status(status).deliver_by(world.now).await;
    }
    let service = given.service(&unit).mode(ServiceMode::Online).await;
    let claim = given.claim(&service, &community).status(ClaimStatus::Completed).quantity(5).delivered(4);
    let claim = claim.people_served(60).note("每月一次").await;
    given.rating(&claim, &community, 5).comment("很好").await;
    given.rating(&claim, &unit, 4).await;

    let events = events_by_claim(&world).await;
    let mut held = HashMap::new();
    for (claim, item) in
        claim::Entity::find().find_also_related(list_item::Entity).all(&world.database.reader).await.unwrap()
    {
        let history = events[&claim.id].iter().map(|event| (event.action, event.from_status, event.to_status));
        assert_eq!(machine::replay(history), Ok(claim.status));
        let form = item.unwrap().form;
        *held.entry(claim.item_id).or_insert(0) +=
            i64::from(quantity::held(claim.status, form, claim.quantity, claim.delivered_quantity));
    }
    for item in list_item::Entity::find().all(&world.database.reader).await.unwrap() {
        assert_eq!(item.held, held[&item.id], "{:?} {:?}", item.kind, item.title);
    }
    assert_eq!(events[&claim.id].iter().filter(|event| event.action == ClaimAction::Rate).count(), 2);
}

async fn events_by_claim(world: &World) -> HashMap<uuid::Uuid, Vec<claim_event::Model>> {
    let events = claim_event::Entity::find().order_by_asc(claim_event::Column::Id).all(&world.database.reader).await;
    let mut by_claim: HashMap<_, Vec<_>> = HashMap::new();
    for event in events.unwrap() {
        by_claim.entry(event.claim_id).or_default().push(event);
    }
    by_claim
}

case!(the_database_works_out_who_stands_where_in_a_claim);
async fn the_database_works_out_who_stands_where_in_a_claim(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").await;
    let unit = given.unit("区人民医院").await;
    let need = given.need(&community).await;
    let claim = given.claim(&need, &unit).await;
    assert_eq!((claim.community_id, claim.unit_id), (community.id, unit.id));
    assert_eq!((claim.provider_id, claim.receiver_id), (unit.id, community.id));
    assert_eq!(claim.awaiting_id, Some(community.id));
    let service = given.service(&unit).await;
    let claim = given.claim(&service, &community).status(ClaimStatus::Delivered).await;
    assert_eq!((claim.community_id, claim.unit_id), (community.id, unit.id));
    assert_eq!((claim.provider_id, claim.receiver_id), (unit.id, community.id));
    assert_eq!(claim.awaiting_id, Some(community.id));
}

case!(places_follow_from_what_lies_in_what);
async fn places_follow_from_what_lies_in_what(world: World) {
    let given = &world.given;
    let street = given.street().await;
    assert_eq!(street.path, "51/5106/510603/510603001/");
    let community = given.community("文庙社区").await;
    assert_eq!(community.area_path, "51/5106/510603/510603001/510603001001/");
    let grid = given.area(&given.area_of(&community).await, AreaLevel::Grid).name("第一网格").await;
    assert_eq!(grid.code, "510603001001001");
    let far = given.area(None, AreaLevel::Province).code("44").name("广东省").await;
    let town = given.area(&far, AreaLevel::Street).await;
    let village = given.community("沙头村").within(&town).await;
    assert_eq!(village.area_path, "44/44001/44001001/");
    let own = given.area(&town, AreaLevel::Community).await;
    assert_eq!(given.community("桥头村").within(&own).await.area_id, own.id);
    assert_eq!(given.unit("镇卫生院").within(&town).await.area_path, "44/44001/");
    assert_eq!(given.unit("区人民医院").await.area_id, given.district().await.id);
    let need = given.need(&community).within(&grid).await;
    assert_eq!((need.area_id, need.has_own_place), (grid.id, true));
}

case!(everything_can_be_given_in_every_state);
async fn everything_can_be_given_in_every_state(world: World) {
    let given = &world.given;
    let community = given.community("文庙社区").contact("李芳", "13812345678").await;
    let block = given.area(&given.area_of(&community).await, AreaLevel::Building).await;
    for name in ["一", "二", "三", "四"] {
        let unit = given.unit(name).await;
        let member = given.member(&unit).await;
        let (unit, member) = (given.check_in(&unit, &community), given.member_check_in(&member, &community));
        match name {
            "一" => drop((unit.confirmed().part(&block).await, member.confirmed().part(&block).await)),
            "二" => drop((unit.rejected().await, member.rejected().await)),
            "三" => drop((unit.ended().await, member.ended().await)),
            _ => drop((unit.await, member.await)),
        }
    }
    let district = given.district().await;
    let root = given.category("own").name("自定").of(&district).await;
    let category = given.category("own.lamps").under(&root).await;
    assert_eq!(category.area_id, Some(district.id));
    let tomorrow = world.now.plus(86_400_000);
    for (status, visibility) in ListItemStatus::iter().zip(Visibility::iter().cycle()) {
        let need = given.need(&community).title("路灯").description("东巷").measure("盏").category(&category);
        let need = need.urgency(Urgency::Urgent).visible_to(visibility).open_to_all().contact("王强", "13912345678");
        let need = need.window(world.now, tomorrow).claim_by(tomorrow).status(status).await;
        assert_eq!(need.status.to_value(), status.to_value());
        given.attachment(&need).await;
    }
    let shipped = given.shipped_category("edu.tutoring").await;
    let draft = given.at(world.now).need(&community).category(&shipped).draft().await;
    assert_eq!((draft.created_at, draft.published_at), (world.now, None));
    let unit = given.unit("五").await;
    let claim = given.claim(&given.need(&community).published().await, &unit).await;
    given.evidence(&claim).with(|row| row.position = 1).await;
}
