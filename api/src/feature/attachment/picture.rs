//! Photographs, without what cameras write into them: where they were taken, when, with what (个人信息保护法).
//!
//! A picture is decoded and encoded anew, so that nothing but its pixels stays: no EXIF and no GPS, no XMP or IPTC, no comments, no thumbnail
//! of what was cut away. The orientation that EXIF says is applied first. Of animations the frames are copied (`animation`).

use std::io::Cursor;

use super::animation;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

/// How wide and how high a picture may be, in pixels.
const LONGEST: u32 = 16_384;
/// How much memory a picture may take once it is decoded: one of 60 megapixels fits.
const MOST_MEMORY: u64 = 256 << 20;
/// The quality of a JPEG that is encoded anew, of 100.
const QUALITY: u8 = 90;

/// Pictures are cleaned one by one: each takes a core and much memory.
static TURN: Semaphore = Semaphore::const_new(1);

/// Why a picture is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be decoded.
    Unreadable,
    /// It has too many pixels.
    TooLarge,
}

/// How pictures of this media type are read and written; none where they are kept as they came.
#[must_use]
pub fn format(media_type: &str) -> Option<ImageFormat> {
    match media_type {
        "image/jpeg" => Some(ImageFormat::Jpeg),
        "image/png" => Some(ImageFormat::Png),
        "image/webp" => Some(ImageFormat::WebP),
        "image/gif" => Some(ImageFormat::Gif),
        _ => None,
    }
}

/// The same picture with nothing but its pixels, where no request waits for it.
///
/// # Errors
/// Where it is no such picture, or too large.
pub async fn cleaned(format: ImageFormat, content: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let _turn = TURN.acquire().await.map_err(|_| Fault::Unreadable)?;
    let cleaning = tokio::task::spawn_blocking(move || clean(format, &content));
    // A decoder that panics read nothing it could make sense of.
    cleaning.await.unwrap_or(Err(Fault::Unreadable))
}

fn clean(format: ImageFormat, content: &[u8]) -> Result<Vec<u8>, Fault> {
    if format == ImageFormat::Gif {
        return animation::clean(content).ok_or(Fault::Unreadable);
    }
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(content), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| fault(&error))?;
    if decoder.total_bytes() > MOST_MEMORY {
        return Err(Fault::TooLarge);
    }
    let orientation = decoder.orientation().map_err(|error| fault(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| fault(&error))?;
    picture.apply_orientation(orientation);
    let mut cleaned = Vec::with_capacity(content.len());
    let written = match format {
        ImageFormat::Jpeg => {
            let picture = DynamicImage::from(picture.into_rgb8());
            picture.write_with_encoder(JpegEncoder::new_with_quality(&mut cleaned, QUALITY))
        }
        ImageFormat::Png => picture.write_with_encoder(PngEncoder::new(&mut cleaned)),
        _ => DynamicImage::from(picture.into_rgba8()).write_with_encoder(WebPEncoder::new_lossless(&mut cleaned)),
    };
    written.map_err(|error| fault(&error)).map(|()| cleaned)
}

fn fault(error: &ImageError) -> Fault {
    if matches!(error, ImageError::Limits(_)) { Fault::TooLarge } else { Fault::Unreadable }
}
