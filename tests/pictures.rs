//! Photographs as telephones send them: what they tell of whoever took them is gone before they are kept.

use api::storage::Storage;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use entity::account_grant::Role;
use entity::attachment;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder, ImageFormat, Rgb, RgbImage};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::Value;
use tower::ServiceExt;

use crate::files::{at, desk};
use crate::harness::{Client, World, case};

/// What stands in for the place where a picture was taken.
const PLACE: &str = "31.1275N 104.3987E";

/// EXIF that says: turn it a quarter to the right; and where it was taken, as a description.
fn exif() -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x02\0".to_vec();
    // Tag 0x010e, a text, after the directory; tag 0x0112, a short: 6.
    exif.extend([0x0e, 0x01, 2, 0, PLACE.len() as u8, 0, 0, 0, 38, 0, 0, 0]);
    exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
    exif.extend([0; 4]);
    exif.extend(PLACE.as_bytes());
    exif
}

/// A picture 64 wide and 32 high, red on the left and blue on the right, with that EXIF.
fn photograph(format: ImageFormat) -> Vec<u8> {
    let pixels = RgbImage::from_fn(64, 32, |x, _| if x < 32 { Rgb([220, 20, 20]) } else { Rgb([20, 20, 220]) });
    let (mut content, picture) = (Vec::new(), DynamicImage::from(pixels));
    match format {
        ImageFormat::Jpeg => written(JpegEncoder::new_with_quality(&mut content, 95), &picture),
        ImageFormat::Png => written(PngEncoder::new(&mut content), &picture),
        _ => written(WebPEncoder::new_lossless(&mut content), &picture),
    }
    content
}

fn written(mut encoder: impl ImageEncoder, picture: &DynamicImage) {
    encoder.set_exif_metadata(exif()).expect("it takes EXIF");
    picture.write_with_encoder(encoder).expect("a picture");
}

fn has(content: &[u8], part: &str) -> bool {
    content.windows(part.len()).any(|window| window == part.as_bytes())
}

async fn send(who: &Client, name: &str, content: &[u8]) -> (StatusCode, Value) {
    let head = format!("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    let body = [head.as_bytes(), content, b"\r\n--edge--\r\n"].concat();
    let request = Request::post("/files").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    let answer = who.send(request.body(Body::from(body)).expect("a request")).await;
    (answer.status, answer.body)
}

/// A file as its sender gets it back, byte by byte.
async fn fetch(who: &Client, url: &str) -> Vec<u8> {
    let request = who.signed(Request::get(url).body(Body::empty()).expect("a request"));
    let answer = who.router().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()
}

case!(a_photograph_loses_what_it_tells_and_stands_upright);
async fn a_photograph_loses_what_it_tells_and_stands_upright(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, Role::CommunityStaff, &community).await;
    for (format, name) in
        [(ImageFormat::Jpeg, "东巷.jpg"), (ImageFormat::Png, "东巷.png"), (ImageFormat::WebP, "东巷.webp")]
    {
        let taken = photograph(format);
        assert!(has(&taken, PLACE), "{format:?}");
        let (status, sent) = send(&clerk, name, &taken).await;
        assert_eq!(status, StatusCode::CREATED, "{sent}");
        let kept = fetch(&clerk, sent["url"].as_str().unwrap()).await;
        assert_eq!((sent["bytes"].as_u64(), &sent["name"]), (Some(kept.len() as u64), &Value::from(name)));
        assert!(!has(&kept, PLACE) && !has(&kept, "Exif") && !has(&kept, "EXIF") && !has(&kept, "eXIf"), "{format:?}");
        let picture = image::load_from_memory_with_format(&kept, format).unwrap().into_rgb8();
        // Turned a quarter to the right: what was on the left is above.
        assert_eq!(picture.dimensions(), (32, 64), "{format:?}");
        let (above, below) = (picture.get_pixel(16, 8), picture.get_pixel(16, 56));
        assert!(above[0] > 180 && above[2] < 60 && below[2] > 180 && below[0] < 60, "{format:?} {above:?} {below:?}");
    }
    // Nothing of what they told is in the store.
    for start in (0..=u8::MAX).map(|start| format!("{start:02x}")) {
        for hash in desk.storage.list(&start).await.unwrap() {
            let content = api::storage::get(&*desk.storage, &hash).await.unwrap().unwrap();
            assert!(!has(&content, PLACE), "{hash}");
        }
    }
    assert_eq!(desk.contents().await, 3);
}

case!(a_picture_that_came_in_before_is_cleaned_by_the_clock);
async fn a_picture_that_came_in_before_is_cleaned_by_the_clock(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let need = world.given.need(&community).await;
    let (good, broken) = (photograph(ImageFormat::Jpeg), b"\xff\xd8\xff a picture once".to_vec());
    let mut kept = Vec::new();
    for content in [&good, &good, &broken] {
        let hash = api::storage::put(&*desk.storage, content.clone().into()).await.unwrap();
        let size = content.len() as i64;
        let row = world.given.attachment(&need).with(move |row| {
            (row.content_hash, row.bytes, row.is_bare) = (Some(hash), Some(size), false);
            row.media_type = Some("image/jpeg".to_owned());
            row.url = api::feature::attachment::files::url(row.id);
        });
        kept.push(row.await);
    }
    assert_eq!((desk.tick().await, desk.tick().await), (3, 0));
    for row in &kept[..2] {
        let cleaned = fetch(&desk.door, &row.url).await;
        assert!(!has(&cleaned, PLACE) && cleaned.starts_with(b"\xff\xd8\xff"));
        let now = attachment::Entity::find_by_id(row.id).one(&world.database.reader).await.unwrap().unwrap();
        assert_eq!((now.bytes, now.is_bare), (Some(cleaned.len() as i64), true));
    }
    // What cannot be read is what it was; and what the others told is swept away.
    assert_eq!(fetch(&desk.door, &kept[2].url).await, broken);
    assert_eq!((desk.sweep().await, desk.contents().await), ((0, 1), 2));
}

case!(an_animation_keeps_its_frames_and_nothing_beside_them);
async fn an_animation_keeps_its_frames_and_nothing_beside_them(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, Role::CommunityStaff, &community).await;
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\xff".as_slice();
    let comment = [b"\x21\xfe".as_slice(), &[PLACE.len() as u8], PLACE.as_bytes(), b"\0"].concat();
    let frame = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0".as_slice();
    let (told, bare) = ([head, &comment, frame, b";", PLACE.as_bytes()].concat(), [head, frame, b";"].concat());
    let (status, sent) = send(&clerk, "东巷.gif", &told).await;
    assert_eq!((status, sent["bytes"].as_u64()), (StatusCode::CREATED, Some(bare.len() as u64)), "{sent}");
    assert_eq!(fetch(&clerk, sent["url"].as_str().unwrap()).await, bare);
    let (status, _) = send(&clerk, "东巷.gif", &told[..30]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(desk.contents().await, 1);
}

case!(a_picture_that_is_broken_or_too_large_is_refused_and_leaves_nothing);
async fn a_picture_that_is_broken_or_too_large_is_refused_and_leaves_nothing(world: World) {
    let desk = desk(&world);
    let community = world.given.community("文庙社区").await;
    let clerk = at(&world, &desk, Role::CommunityStaff, &community).await;
    let whole = photograph(ImageFormat::Jpeg);
    let (status, told) = send(&clerk, "1.jpg", &whole[..60]).await;
    assert_eq!(
        (status, &told["errors"][0]["extensions"]["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &Value::from("BAD_REQUEST"))
    );
    // A few hundred bytes that say they are a billion pixels.
    let mut bomb = photograph(ImageFormat::Png);
    bomb.splice(16..24, [0, 0, 0x7d, 0, 0, 0, 0x7d, 0]);
    let (status, _) = send(&clerk, "2.png", &bomb).await;
    assert!([StatusCode::PAYLOAD_TOO_LARGE, StatusCode::UNPROCESSABLE_ENTITY].contains(&status), "{status}");
    assert_eq!(attachment::Entity::find().count(&world.database.reader).await.unwrap(), 0);
    assert_eq!(desk.contents().await, 0);
}
