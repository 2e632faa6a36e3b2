//! Reading the body of a token.

/// Reads a body from front to back.
pub(crate) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Up to 255 bytes, after their length.
    pub(crate) fn short(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.byte()?);
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(crate) fn write_short(out: &mut Vec<u8>, bytes: &[u8]) {
        debug_assert!(
            bytes.len() <= 255,
            "what is written so is bounded by its type"
        );
        out.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(bytes);
    }

    /// Up to 65,535 bytes, after their length.
    pub(crate) fn long(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(self.array().map(u16::from_be_bytes)?);
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(crate) fn write_long(out: &mut Vec<u8>, bytes: &[u8]) {
        let length = u16::try_from(bytes.len());
        debug_assert!(length.is_ok(), "what is written so is bounded by its type");
        out.extend_from_slice(&length.unwrap_or(u16::MAX).to_be_bytes());
        out.extend_from_slice(bytes);
    }

    /// The rest of the body.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}
