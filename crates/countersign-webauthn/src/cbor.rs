//! CBOR that is passed over (RFC 8949).

use minicbor::Decoder;
use minicbor::data::Type;

/// How deep lists, maps and what is in them may be nested. The deepest statement of WebAuthn L3 has
/// four levels.
const DEPTH: u8 = 16;

/// Passes over one item. `None` for what is no item, which minicbor's `skip` does not always see:
/// it takes a break for one. Tags are refused, because authenticators write none (CTAP 2.2 §8).
pub(crate) fn skip(decoder: &mut Decoder<'_>) -> Option<()> {
    skip_within(decoder, DEPTH)
}

fn skip_within(decoder: &mut Decoder<'_>, depth: u8) -> Option<()> {
    match decoder.datatype().ok()? {
        Type::Array | Type::ArrayIndef => {
            let length = decoder.array().ok()?;
            skip_elements(decoder, length, 1, depth)
        }
        Type::Map | Type::MapIndef => {
            let length = decoder.map().ok()?;
            skip_elements(decoder, length, 2, depth)
        }
        Type::Tag | Type::Simple | Type::Break | Type::Unknown(_) => None,
        _ => decoder.skip().ok(),
    }
}

/// Passes over this many elements, or over those before a break.
fn skip_elements(
    decoder: &mut Decoder<'_>,
    length: Option<u64>,
    items: u8,
    depth: u8,
) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let mut left = length;
    while left != Some(0) {
        if left.is_none() && decoder.datatype().ok()? == Type::Break {
            return decoder.skip().ok();
        }
        (0..items).try_for_each(|_| skip_within(decoder, depth))?;
        left = left.map(|left| left - 1);
    }
    Some(())
}
