//! The part of protobuf's wire format that the two messages of a migration URI use.
//!
//! It is written by hand, because a library copies each field to memory of its own. Here the fields
//! stay in one buffer, which is wiped. A dozen fields also do not justify the six crates of
//! `prost`.

use alloc::vec::Vec;

/// The bytes are not a message of the requested kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The value of a field.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// A type that no known field uses.
    Fixed,
}

impl<'a> Value<'a> {
    pub(super) const fn number(self) -> Result<u64, Malformed> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) | Self::Fixed => Err(Malformed),
        }
    }

    pub(super) const fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) | Self::Fixed => Err(Malformed),
        }
    }

    pub(super) fn text(self) -> Result<&'a str, Malformed> {
        core::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }
}

/// The fields of a message in order, each with its number. A missing field is zero or empty. The
/// last occurrence of a repeated field counts.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.field())
    }
}

impl<'a> Fields<'a> {
    /// The last field has to end where the bytes end. Nothing is read beyond them or left over.
    fn field(&mut self) -> Result<(u32, Value<'a>), Malformed> {
        let tag = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            // Groups, which protobuf abandoned, and types that never existed.
            _ => return Err(Malformed),
        };
        match tag >> 3 {
            0 => Err(Malformed),
            number => Ok((number, value)),
        }
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Seven bits in each byte, the lowest first, in at most ten bytes.
    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let &[byte] = self.take(1)? else {
                return Err(Malformed);
            };
            let bits = u64::from(byte & 0x7f);
            number |= bits << shift;
            if number >> shift != bits {
                return Err(Malformed);
            }
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Malformed)
    }
}

pub(super) fn push_number(message: &mut Vec<u8>, field: u32, number: u64) {
    push_varint(message, u64::from(field << 3));
    push_varint(message, number);
}

pub(super) fn push_bytes(message: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    push_varint(message, u64::from(field << 3 | 2));
    push_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn push_varint(message: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            message.push(low);
            return;
        }
        message.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(message: &[u8]) -> Result<Vec<(u32, Value<'_>)>, Malformed> {
        Fields(message).collect()
    }

    #[test]
    fn examples_of_the_documentation_are_read_and_written() {
        // protobuf.dev/programming-guides/encoding: field 1 is 150, field 2 is "testing".
        let message = b"\x08\x96\x01\x12\x07testing";
        let fields = fields(message).unwrap();
        assert!(matches!(
            fields[..],
            [(1, Value::Number(150)), (2, Value::Bytes(b"testing"))]
        ));
        let mut written = Vec::new();
        push_number(&mut written, 1, 150);
        push_bytes(&mut written, 2, b"testing");
        assert_eq!(written, message);
    }

    #[test]
    fn numbers_have_64_bits() {
        // Two's complement: −2 is nine bytes of ones except the first bit, and the 64th bit.
        let minus_two = b"\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        assert!(matches!(
            fields(minus_two).unwrap()[..],
            [(1, Value::Number(number))] if number == u64::MAX - 1
        ));
        let mut written = Vec::new();
        push_number(&mut written, 1, u64::MAX - 1);
        assert_eq!(written, minus_two);
        for (number, bytes) in [(0, &[0][..]), (127, &[127]), (128, &[0x80, 1])] {
            written.clear();
            push_varint(&mut written, number);
            assert_eq!(written, bytes);
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for message in [
            &b"\x80"[..],
            b"\x08",
            b"\x08\x80",
            b"\x0a",
            b"\x0a\x01",
            b"\x0a\x80",
            b"\x09\0\0\0\0\0\0\0",
            b"\x0d\0\0\0",
            b"\x08\x01\x08",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", // 2⁶⁴ − 1 bytes
            b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", // 2⁶⁴
            b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0", // eleven bytes
            b"\0\0",                                         // field 0
            b"\x80\x80\x80\x80\x10\0",                       // field 2²⁹
            b"\x0b\x0c",                                     // a group
            b"\x0e",                                         // types that do not exist
            b"\x0f",
        ] {
            assert!(fields(message).is_err(), "{message:02x?}");
        }
    }
}
