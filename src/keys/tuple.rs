//! The encoding of all authenticated data: tuples with lengths.

/// Collects the parts of an HKDF info, an AAD or a MAC message.
///
/// Each part follows its length in eight big-endian bytes, so that different tuples have different
/// encodings.
pub(crate) trait Tuple: Sized {
    fn put(&mut self, bytes: &[u8]);

    /// Adds one part.
    fn part(mut self, part: &[u8]) -> Self {
        self.put(&(part.len() as u64).to_be_bytes());
        self.put(part);
        self
    }
}

impl Tuple for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

impl Tuple for hmac::Hmac<sha2::Sha256> {
    fn put(&mut self, bytes: &[u8]) {
        hmac::Mac::update(self, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_parts_changes_the_encoding() {
        let encode = |parts: &[&str]| {
            parts.iter().fold(Vec::new(), |tuple: Vec<u8>, part| {
                tuple.part(part.as_bytes())
            })
        };
        assert_ne!(encode(&["ab", "c"]), encode(&["a", "bc"]));
        assert_ne!(encode(&["ab"]), encode(&["ab", ""]));
        assert_eq!(encode(&["ab"]), [0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b']);
    }
}
