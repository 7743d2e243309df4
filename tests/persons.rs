//! Check-ins of persons, listed: by those who look after a community, and by the person.

use entity::{member, member_check_in};
use serde_json::json;

use crate::harness::{World, case};

case!(a_community_lists_who_lives_there_and_a_person_lists_their_own);
async fn a_community_lists_who_lives_there_and_a_person_lists_their_own(world: World) {
    let given = &world.given;
    let (here, there) = (given.community("文庙社区").await, given.community("东街社区").await);
    let unit = given.unit("人民医院").await;
    let persons: [member::Model; 3] = [given.member(&unit).await, given.member(&unit).await, given.member(&unit).await];
    let [first, second, third] = &persons;
    given.member_check_in(first, &here).confirmed().await;
    let waiting: member_check_in::Model = given.member_check_in(second, &here).await;
    given.member_check_in(third, &there).confirmed().await;
    given.member_check_in(first, &there).await;
    let root = "{ memberCheckIns { totalCount } }";
    let count = async |who: &crate::harness::Client| who.read(root).await["memberCheckIns"]["totalCount"].clone();
    let (clerk, neighbour) = (world.clerk_of(&here).await, world.clerk_of(&there).await);
    let (liaison, oneself) = (world.liaison_of(&unit).await, world.person(first).await);
    let manager = world.manager_of(&given.district().await).await;
    for (who, sees) in [(&world.stranger, 0), (&liaison, 0), (&clerk, 2), (&neighbour, 2), (&oneself, 2), (&manager, 4)]
    {
        assert_eq!(count(who).await, sees);
    }
    let query = "{ communities(orderBy: [{ field: NAME }]) { nodes { name memberCheckIns(filter: { status: { eq: PENDING } },
        orderBy: [{ field: REQUESTED_AT, direction: DESC }]) { totalCount nodes { status community { name } member { contact { masked } } } } } } }";
    let pending = |community: &str| json!({ "totalCount": 1, "nodes": [{ "status": "PENDING", "community": { "name": community }, "member": { "contact": { "masked": "NOT_ASKED" } } }] });
    let none = json!({ "totalCount": 0, "nodes": [] });
    let seen = clerk.read(query).await["communities"]["nodes"].clone();
    let lists = |here, there| json!([{ "name": "东街社区", "memberCheckIns": there }, { "name": "文庙社区", "memberCheckIns": here }]);
    assert_eq!(seen, lists(pending("文庙社区"), none.clone()));
    assert_eq!(world.stranger.read(query).await["communities"]["nodes"], lists(none.clone(), none.clone()));
    // The person finds both of their own, wherever they are, and nobody else's.
    let own = oneself.read("{ viewer { memberCheckIns { totalCount nodes { community { name } status } } } }").await;
    let nodes = json!([{ "community": { "name": "文庙社区" }, "status": "CONFIRMED" }, { "community": { "name": "东街社区" }, "status": "PENDING" }]);
    assert_eq!(own["viewer"]["memberCheckIns"], json!({ "totalCount": 2, "nodes": nodes }));
    let clerks = clerk.read("{ viewer { memberCheckIns { totalCount } } }").await;
    assert_eq!(clerks["viewer"]["memberCheckIns"]["totalCount"], 0);
    let filter = r#"{ memberCheckIns(filter: { community: { name: { eq: "文庙社区" } }, since: { isNull: true } }) { nodes { id } } }"#;
    let id = api::kernel::global_id::Table::MemberCheckIn.id(waiting.id).0;
    assert_eq!(manager.read(filter).await["memberCheckIns"]["nodes"], json!([{ "id": id }]));
}
