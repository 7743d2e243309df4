//! What a document says twice: one field where it is the same, a mistake where it is not. And where in the answer a fault came about.

use entity::list_item;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::harness::{Answer, World, case};
use crate::listing::{category, party_id, place};

async fn items(world: &World) -> u64 {
    list_item::Entity::find().count(&world.database.reader).await.unwrap()
}

/// The data as it was sent: the order of keys counts.
fn data(answer: &Answer) -> String {
    answer.good();
    let (data, _) = answer.text.split_once(",\"extensions\":").expect("an answer tells what it cost");
    data.to_owned()
}

case!(a_mutation_that_is_written_twice_runs_once);
async fn a_mutation_that_is_written_twice_runs_once(world: World) {
    let place = place(&world).await;
    let input = json!({
        "ownerId": party_id(&place.community), "categoryId": category(&world, "safety.fire").await, "title": "路灯",
    });
    let again = "createNeed(input: $input) { need { owner { name } } }";
    let more = "fragment More on Mutation { createNeed(input: $input) { ...Result } }
        fragment Result on NeedPayload { need { title owner { name } } userErrors { code } }";
    for body in [
        format!(
            "createNeed(input: $input) {{ need {{ title }} }} {again} {again} createNeed(input: $input) {{ userErrors {{ code }} }} }}"
        ),
        format!("createNeed(input: $input) {{ need {{ title }} }} ...More }} {more}"),
        format!("{} ...More ... on Mutation {{ {again} }} }} {more}", "...More ".repeat(10)),
        format!(
            "createNeed(input: $input) {{ need {{ title }} ... on NeedPayload {{ ...Result }} }} ... {{ {again} }} ...More }} {more}"
        ),
    ] {
        let before = items(&world).await;
        let document = format!("mutation($input: CreateNeedInput!) {{ {body}");
        let answer = place.clerk.ask_with(&document, json!({ "input": input })).await;
        let payload = json!({ "need": { "title": "路灯", "owner": { "name": "文庙社区" } }, "userErrors": [] });
        assert_eq!(answer.good(), &json!({ "createNeed": payload }), "{body}");
        assert_eq!(items(&world).await, before + 1, "{body}");
    }
    // By another name it is another field.
    let before = items(&world).await;
    let twice = format!("mutation($input: CreateNeedInput!) {{ {again} other: {again} }}");
    place.clerk.ask_with(&twice, json!({ "input": input })).await.good();
    assert_eq!(items(&world).await, before + 2);
}

case!(what_one_selection_leaves_out_another_may_keep);
async fn what_one_selection_leaves_out_another_may_keep(world: World) {
    let place = place(&world).await;
    let input = json!({
        "ownerId": party_id(&place.community), "categoryId": category(&world, "safety.fire").await, "title": "路灯",
    });
    let document = "mutation($input: CreateNeedInput!, $yes: Boolean! = true, $no: Boolean = false) {
        createNeed(input: $input) @skip(if: $yes) { need { title } }
        ... @include(if: $no) { createNeed(input: $input) { need { kind } } }
        createNeed(input: $input) @include(if: $yes) @skip(if: $no) { need { version title @skip(if: $yes) title @include(if: $yes) } }
        other: createNeed(input: $input) @include(if: false) { need { id } }
    }";
    let before = items(&world).await;
    let answer = place.clerk.ask_with(document, json!({ "input": input })).await;
    assert_eq!(data(&answer), r#"{"data":{"createNeed":{"need":{"version":1,"title":"路灯"}}}"#);
    assert_eq!(items(&world).await, before + 1);
}

case!(a_list_that_is_written_twice_is_read_once);
async fn a_list_that_is_written_twice_is_read_once(world: World) {
    let place = place(&world).await;
    world.given.need(&place.community).title("路灯").await;
    world.given.service(&place.unit).title("义诊").await;
    for (twice, once) in [
        (
            "{ needs { nodes { id } } ...F needs { totalCount nodes { title } } } fragment F on Query { needs { nodes { kind } } }",
            "{ needs { nodes { id kind title } totalCount } }",
        ),
        (
            "{ listItems { nodes { owner { name } ... on Need { owner { ... on Community { code } needs { totalCount } } title } kind } } }",
            "{ listItems { nodes { ... on Need { owner { name ... on Community { code } needs { totalCount } } title kind }
                ... on Service { owner { name } kind } } } }",
        ),
        (
            "{ listItems { nodes { __typename id ... on Node { id } ... on Service { kind id __typename title } ... on Need { title kind } } } }",
            "{ listItems { nodes { ... on Need { __typename id title kind } ... on Service { __typename id kind title } } } }",
        ),
    ] {
        let (twice, once) = (world.stranger.ask(twice).await, world.stranger.ask(once).await);
        assert_eq!(data(&twice), data(&once));
        assert_eq!(twice.cost(), once.cost(), "{}", twice.text);
    }
}

case!(fields_that_cannot_be_one_are_refused);
async fn fields_that_cannot_be_one_are_refused(world: World) {
    world.given.unit("人民医院").await;
    for (query, path) in [
        (
            "{ units(first: 1, orderBy: NAME) { nodes { id name } } ...F }
                fragment F on Query { units(first: 1, orderBy: {field: NAME, direction: DESC}) { nodes { kind } } }",
            "units",
        ),
        ("{ units { nodes { a: id } } ... { units { nodes { a: name } } } }", "units.nodes.a"),
        ("{ needs { nodes { owner { x: name ... on Community { x: code } } } } }", "needs.nodes.owner.x"),
        ("{ listItems { nodes { ... on Need { x: title } ... on Resource { x: quantity } } } }", "listItems.nodes.x"),
        (
            "{ listItems { nodes { ... on Need { x: owner { y: name } } ... on Resource { x: owner { y: version } } } } }",
            "listItems.nodes.x.y",
        ),
        ("query($a: Int, $b: Int) { units(first: $a) { totalCount } units(first: $b) { totalCount } }", "units"),
        ("{ units(first: 1) { totalCount } units { totalCount } }", "units"),
    ] {
        let answer = world.stranger.ask(query).await;
        answer.refused("BAD_REQUEST");
        let error = &answer.body["errors"][0];
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("Fields \"{path}\" conflict: ")), "{query}: {message}");
        assert_eq!((answer.body.get("data"), error["locations"].as_array().map(Vec::len)), (None, Some(2)), "{query}");
    }
    for query in [
        "{ units(filter: {name: {eq: \"a\"}, kind: {eq: HOSPITAL}}) { totalCount } units(filter: {kind: {eq: HOSPITAL}, name: {eq: \"a\"}}) { nodes { id } } }",
        "{ listItems { nodes { ... on Need { x: title } ... on Resource { x: description } } } }",
        "query($a: Int) { units(first: $a) { totalCount } units(first: $a) { totalCount } }",
    ] {
        let answer = world.stranger.ask(query).await;
        assert!(answer.codes().is_empty() || query.contains("description"), "{query}: {}", answer.text);
    }
}

case!(a_fault_names_the_whole_path_to_it);
async fn a_fault_names_the_whole_path_to_it(world: World) {
    let given = &world.given;
    let (_, community) = (given.community("东门社区").await, given.community("文庙社区").await);
    let need = given.need(&community).title("路灯").await;
    let names = world.stranger.read("{ communities { nodes { name } } }").await;
    let place = names["communities"]["nodes"].as_array().unwrap().iter().position(|row| row["name"] == "文庙社区");
    let id = crate::listing::id_of(&need);
    let broken = "a: claims(first: 101) { totalCount }";
    for (query, path, data) in [
        (
            format!("{{ communities {{ nodes {{ needs {{ nodes {{ title {broken} }} }} }} }} }}"),
            json!(["communities", "nodes", place, "needs", "nodes", 0, "a"]),
            json!(null),
        ),
        (
            "{ area(code: \"510603001001\") { ancestors { a: children(first: 101) { totalCount } } } }".to_owned(),
            json!(["area", "ancestors", 0, "a"]),
            json!({ "area": null }),
        ),
        (
            format!("{{ needs {{ edges {{ node {{ owner {{ {broken} }} }} }} }} units {{ totalCount }} }}"),
            json!(["needs", "edges", 0, "node", "owner", "a"]),
            json!(null),
        ),
        (
            format!("{{ listItem(id: \"{id}\") {{ owner {{ name {broken} }} }} units {{ totalCount }} }}"),
            json!(["listItem", "owner", "a"]),
            json!({ "listItem": null, "units": { "totalCount": 0 } }),
        ),
        (
            format!("{{ listItem(id: \"{id}\") {{ {broken} }} units {{ totalCount }} }}"),
            json!(["listItem", "a"]),
            json!({ "listItem": null, "units": { "totalCount": 0 } }),
        ),
    ] {
        let answer = world.stranger.ask(&query).await;
        answer.refused("BAD_REQUEST");
        let error = &answer.body["errors"][0];
        assert_eq!((&error["path"], &answer.body["data"]), (&path, &data), "{query}");
        let column = query.find("a: c").unwrap() + 1;
        assert_eq!(error["locations"], json!([{ "line": 1, "column": column }]), "{query}");
        assert_eq!(error["extensions"].as_object().unwrap().len(), 2, "{}", answer.text);
    }
}

case!(a_document_is_told_all_that_is_wrong_with_it);
async fn a_document_is_told_all_that_is_wrong_with_it(world: World) {
    let query = "query A($a: Int, $a: Unit) { unitz { id } units(frst: 1) { nodes { ...F name { x } ... on Need { id } } } area units { nodes } }
        query B { __typename @nowhere units @skip { totalCount } node(id: $b, id: \"x\") { id } ...G }
        fragment F on Unit { id } fragment G on Int { id } fragment H on Unit { id }";
    let body = json!({ "query": query, "operationName": "A" });
    let answer = world.stranger.post(&body).await;
    let messages: Vec<&str> =
        answer.body["errors"].as_array().unwrap().iter().map(|error| error["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        [
            "Variable \"$a\" is not used by operation \"A\"",
            "Variable \"$a\" is not used by operation \"A\"",
            "There can be only one variable named \"$a\".",
            "Variable \"$a\" cannot be of type \"Unit\", which is no input.",
            "Unknown field \"unitz\" on type \"Query\". Did you mean \"unit\" or \"units\"?",
            "Unknown argument \"frst\" on field \"Query.units\". Did you mean \"first\" or \"last\"?",
            "Field \"name\" must not have a selection since type \"String!\" has no subfields.",
            "Cannot spread a fragment here: a \"Unit\" can never be of type \"Need\".",
            "Field \"area\" of type \"Area\" must have a selection of subfields.",
            "Field \"nodes\" of type \"[Unit!]!\" must have a selection of subfields.",
        ]
    );
    let error = &answer.body["errors"][4];
    assert_eq!(error["locations"], json!([{ "line": 1, "column": 30 }]));
    for (query, message) in [
        ("{ __typename @nowhere }", "Unknown directive \"@nowhere\"."),
        ("query @skip(if: true) { __typename }", "Directive \"@skip\" may not be used on QUERY."),
        ("{ __typename @skip(if: true) @skip(if: true) }", "The directive \"@skip\" can only be used once here."),
        (
            "{ __typename @skip }",
            "Argument \"if\" of type \"Boolean!\" is required on directive \"@skip\", and was not given.",
        ),
        ("{ node { id } }", "Argument \"id\" of type \"ID!\" is required on field \"Query.node\", and was not given."),
        ("{ node(id: \"a\", id: \"a\") { id } }", "There can be only one argument named \"id\"."),
        ("{ node(id: $b) { id } }", "Variable \"$b\" is not defined."),
        ("{ ...G } fragment G on Int { id }", "Fragment \"G\" cannot be on \"Int\", which has no fields."),
        ("{ ...G } fragment G on Nothing { id }", "Unknown type \"Nothing\"."),
        ("{ ...G }", "Unknown fragment \"G\"."),
        ("{ __typename } fragment G on Query { __typename }", "Fragment \"G\" is never used."),
        (
            "{ ...G } fragment G on Unit { id }",
            "Cannot spread fragment \"G\" here: a \"Query\" can never be of type \"Unit\".",
        ),
        ("{ ...G } fragment G on Query { ... on Query { ...G } }", "fragment G spreads itself"),
        ("subscription { claims }", "The schema has no subscription."),
    ] {
        let answer = world.stranger.ask(query).await;
        answer.refused("BAD_REQUEST");
        assert_eq!(answer.body["errors"][0]["message"], message, "{query}");
        assert_eq!(answer.body.get("data"), None, "{query}");
    }
}

/// Chance, the same at every run.
struct Chance(TestRunner);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        (0..bound).new_tree(&mut self.0).expect("a number").current()
    }

    fn happens(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

/// A field, as somebody would write it who writes everything once.
struct Field {
    /// The type it is selected on, where that is narrower than what stands here.
    only_on: Option<&'static str>,
    /// Its name, arguments and all.
    call: &'static str,
    /// The type of what is below.
    on: &'static str,
    below: Vec<Field>,
}

fn value(call: &'static str) -> Field {
    object(call, "", vec![])
}

fn object(call: &'static str, on: &'static str, below: Vec<Field>) -> Field {
    Field { only_on: None, call, on, below }
}

fn only(on: &'static str, field: Field) -> Field {
    Field { only_on: Some(on), ..field }
}

/// What is read: lists in lists, interfaces, and fields of some of their types alone.
fn everything() -> Vec<Field> {
    let owner = || {
        let needs = vec![value("totalCount"), object("nodes", "Need", vec![value("title"), value("version")])];
        vec![
            value("__typename"),
            value("name"),
            only("Community", value("code")),
            only("Unit", value("level: kind")),
            object("needs(first: 2)", "NeedConnection", needs),
        ]
    };
    let item = vec![
        value("title"),
        object("owner", "Party", owner()),
        only("Need", value("urgent: urgency")),
        only("Service", object("by: owner", "Party", owner())),
        object(
            "claims(first: 1)",
            "ClaimConnection",
            vec![
                value("totalCount"),
                object("nodes", "Claim", vec![value("status"), object("claimant", "Party", owner())]),
            ],
        ),
    ];
    let page = vec![object("nodes", "ListItem", item), object("pageInfo", "PageInfo", vec![value("hasNextPage")])];
    vec![
        object("listItems(first: 5)", "ListItemConnection", page),
        value("__typename"),
        object(
            "units(first: 2)",
            "UnitConnection",
            vec![object(
                "edges",
                "UnitEdge",
                vec![
                    value("cursor"),
                    object("node", "Unit", owner()[1..2].iter().map(|field| value(field.call)).collect()),
                ],
            )],
        ),
    ]
}

fn plain(fields: &[Field]) -> String {
    let written = fields.iter().map(|field| {
        let below = if field.below.is_empty() { String::new() } else { format!(" {}", plain(&field.below)) };
        let field_text = format!("{}{below}", field.call);
        field.only_on.map_or(field_text.clone(), |on| format!("... on {on} {{ {field_text} }}"))
    });
    format!("{{ {} }}", written.collect::<Vec<_>>().join(" "))
}

/// Writes the same again and again, in pieces: what comes first comes first, and what comes again has come before.
struct Scatter {
    chance: Chance,
    fragments: Vec<String>,
}

impl Scatter {
    fn document(&mut self, fields: &[Field]) -> String {
        let selection = self.selection(fields, "Query");
        format!("{selection} {}", std::mem::take(&mut self.fragments).join(" "))
    }

    fn selection(&mut self, fields: &[Field], on: &str) -> String {
        let mut pieces: Vec<String> = Vec::new();
        let mut rest: Vec<(&Field, usize)> = Vec::new();
        for field in fields {
            // What is below comes in the order of the first time: a part now, and all of it once more.
            let all = field.below.len();
            let now = if all == 0 || self.chance.happens(2) { all } else { 1 + self.chance.below(all) };
            pieces.push(self.field(field, now, on));
            if now < field.below.len() || self.chance.happens(3) {
                rest.push((field, field.below.len()));
            }
        }
        for (field, all) in rest {
            for _ in 0..=usize::from(self.chance.happens(6)) {
                pieces.push(self.field(field, all, on));
            }
        }
        format!("{{ {} }}", pieces.join(" "))
    }

    fn field(&mut self, field: &Field, upto: usize, on: &str) -> String {
        let below =
            if upto == 0 { String::new() } else { format!(" {}", self.selection(&field.below[..upto], field.on)) };
        let text = format!("{}{below}", field.call);
        let on = field.only_on.unwrap_or(on);
        match self.chance.below(6) {
            0 => {
                let name = format!("F{}", self.fragments.len());
                self.fragments.push(format!("fragment {name} on {on} {{ {text} }}"));
                format!("...{name}")
            }
            1 => format!("... on {on} {{ {text} }}"),
            2 if field.only_on.is_none() => format!("... @include(if: true) {{ {text} }}"),
            3 => format!("... on {on} {{ {} @skip(if: true) }} ... on {on} {{ {text} }}", left_out(field)),
            _ if field.only_on.is_some() => format!("... on {on} {{ {text} }}"),
            _ => text,
        }
    }
}

/// What is left out: the field, where that needs no selection.
fn left_out(field: &Field) -> &'static str {
    if field.below.is_empty() { field.call } else { "__typename" }
}

case!(what_is_written_in_pieces_is_answered_as_what_is_written_once);
async fn what_is_written_in_pieces_is_answered_as_what_is_written_once(world: World) {
    let place = place(&world).await;
    let given = &world.given;
    let need = given.need(&place.community).title("路灯").await;
    given.need(&place.community).title("长椅").await;
    given.service(&place.unit).title("义诊").await;
    given.resource(&place.unit).title("轮椅").await;
    given.claim(&need, &place.unit).await;
    let fields = everything();
    let once = world.stranger.ask(&plain(&fields)).await;
    let mut scatter = Scatter { chance: Chance(TestRunner::deterministic()), fragments: Vec::new() };
    let mut tried = 0;
    for _ in 0..200 {
        let document = scatter.document(&fields);
        let answer = world.stranger.ask(&document).await;
        // Some are longer than a document may be.
        if answer.codes() != ["LIMIT_EXCEEDED"] {
            assert_eq!(data(&answer), data(&once), "{document}");
            assert_eq!(answer.cost(), once.cost(), "{document}");
            tried += 1;
        }
        if tried == 40 {
            return;
        }
    }
    panic!("only {tried} documents were short enough");
}

case!(what_is_said_twice_costs_what_it_costs_once);
async fn what_is_said_twice_costs_what_it_costs_once(world: World) {
    let community = world.given.community("文庙社区").await;
    world.given.need(&community).await;
    let page = "communities(first: 100) { nodes { needs(first: 100) { nodes { title } } } }";
    let fragments = (0..40).map(|number| format!("fragment F{number} on Query {{ {page} }}")).collect::<String>();
    let spreads = (0..40).map(|number| format!("...F{number} ")).collect::<String>();
    let once = world.stranger.ask(&format!("{{ {page} }}")).await;
    let often = world.stranger.ask(&format!("{{ {spreads} }} {fragments}")).await;
    assert_eq!(data(&often), data(&once));
    // What is left with nothing at all is an object with nothing in it.
    let nothing = world.stranger.ask("{ units @skip(if: true) { totalCount } needs { nodes { title @skip(if: true) } pageInfo @skip(if: true) { hasNextPage } } }").await;
    assert_eq!(nothing.good(), &json!({ "needs": { "nodes": [{}] } }));
    assert_eq!(world.stranger.ask("{ units @skip(if: true) { totalCount } }").await.good(), &json!({}));
    // By forty names they are forty lists.
    let aliases = (0..40).map(|number| format!("a{number}: {page} ")).collect::<String>();
    let answer = world.stranger.ask(&format!("{{ {aliases} }}")).await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (400, vec!["LIMIT_EXCEEDED"]));
}
