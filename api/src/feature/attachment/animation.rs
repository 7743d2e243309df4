//! Animations (GIF89a), without what programs write beside the frames: comments, XMP, and whatever else applications leave.
//!
//! The frames themselves are copied as they stand: decoding and encoding them anew would lose colours and take much memory.

/// The same animation with nothing but its frames, their timing and how often it repeats; none where it is no animation to its end.
pub(super) fn clean(content: &[u8]) -> Option<Vec<u8>> {
    let mut rest = content;
    let mut kept = Vec::with_capacity(content.len());
    // Signature, version, and the screen, whose flags tell how long the table of colours is that follows.
    let head = take(&mut rest, 13)?;
    if !(head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a")) {
        return None;
    }
    kept.extend_from_slice(head);
    kept.extend_from_slice(take(&mut rest, colours(*head.get(10)?))?);
    loop {
        let block = rest;
        match *take(&mut rest, 1)?.first()? {
            TRAILER => {
                kept.push(TRAILER);
                return Some(kept);
            }
            IMAGE => {
                let place = take(&mut rest, 9)?;
                // The table of the image's own colours, and the size of its first codes.
                take(&mut rest, colours(*place.get(8)?) + 1)?;
                skip(&mut rest)?;
            }
            EXTENSION => {
                let label = *take(&mut rest, 1)?.first()?;
                let says = rest;
                skip(&mut rest)?;
                if !(label == TIMING || (label == APPLICATION && repeats(says))) {
                    continue;
                }
            }
            _ => return None,
        }
        kept.extend_from_slice(block.get(..block.len() - rest.len())?);
    }
}

const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
const TRAILER: u8 = 0x3b;
const TIMING: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// How many bytes the table of colours has that these flags tell of.
fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Whether what an application says is how often to repeat.
fn repeats(says: &[u8]) -> bool {
    says.starts_with(b"\x0bNETSCAPE2.0") || says.starts_with(b"\x0bANIMEXTS1.0")
}

fn take<'c>(rest: &mut &'c [u8], count: usize) -> Option<&'c [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

/// Passes over blocks, each with its length before it, to the empty one that ends them.
fn skip(rest: &mut &[u8]) -> Option<()> {
    loop {
        match *take(rest, 1)?.first()? {
            0 => return Some(()),
            length => drop(take(rest, length.into())?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two frames of one pixel, in two colours, repeated for ever.
    fn animation(between: &[u8]) -> Vec<u8> {
        let frame = b"\x21\xf9\x04\0\x0a\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
        let head = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\xff\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";
        [head, frame.as_slice(), between, frame, b"\x3b"].concat()
    }

    #[test]
    fn what_is_written_beside_the_frames_is_left_out() {
        let comment = b"\x21\xfe\x0531.1N\0";
        let xmp = b"\x21\xff\x0bXMP DataXMP\x04<x/>\0";
        let told = [animation(&[comment.as_slice(), xmp].concat()).as_slice(), b"and a secret after the end"].concat();
        assert_eq!(clean(&told), Some(animation(b"")));
        assert_eq!(clean(&animation(b"")), Some(animation(b"")));
    }

    #[test]
    fn what_breaks_off_or_is_none_is_not_taken() {
        let whole = animation(b"");
        assert!((0..whole.len()).all(|length| clean(&whole[..length]).is_none()));
        assert_eq!(clean(&animation(b"\x99")), None);
        assert_eq!(clean(b"\x89PNG\r\n\x1a\n and more of it"), None);
    }
}
