//! The encoding of records: CBOR (RFC 8949), in maps with integer keys.
//!
//! Each value has one form. The keys of a map ascend, default values are left out, and numbers are
//! as short as possible. Other forms and unknown keys are refused.

use std::convert::Infallible;

use minicbor::encode::{self, Write};
use minicbor::{Decoder, Encoder, decode};

use crate::keys::HashKey;
use crate::secret::Secret;

/// Why bytes cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// A newer release wrote them.
    Newer,
    Damaged,
}

pub(super) type Written<W> = Result<(), encode::Error<<W as Write>::Error>>;

/// A value in a record.
pub(super) trait Value: Sized + PartialEq {
    /// The value that a map leaves out, if there is one.
    fn left_out() -> Option<Self> {
        None
    }

    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W>;

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread>;

    /// Writes several values.
    fn write_all<W: Write>(all: &[Self], to: &mut Encoder<W>) -> Written<W> {
        to.array(all.len() as u64)?;
        all.iter().try_for_each(|one| one.write(to))
    }

    fn read_all(from: &mut Decoder<'_>) -> Result<Vec<Self>, Unread> {
        let length = from.array()?.ok_or(Unread::Damaged)?;
        (0..length).map(|_| Self::read(from)).collect()
    }
}

/// The number of bytes that [`append`] appends.
pub(super) fn length(value: &impl Value) -> usize {
    let mut encoder = Encoder::new(Length(0));
    in_memory(value.write(&mut encoder));
    encoder.into_writer().0
}

pub(super) fn append(value: &impl Value, out: &mut Vec<u8>) {
    in_memory(value.write(&mut Encoder::new(out)));
}

/// Reads a value that takes all the bytes. Longer bytes are another form of the value and refused.
pub(super) fn whole<T: Value>(bytes: &[u8]) -> Result<T, Unread> {
    let value = T::read(&mut Decoder::new(bytes))?;
    match length(&value) == bytes.len() {
        true => Ok(value),
        false => Err(Unread::Damaged),
    }
}

/// Writes a value of one of several kinds, after the number of its kind.
pub(super) fn write_kind<W: Write>(
    kind: u8,
    value: &impl Value,
    to: &mut Encoder<W>,
) -> Written<W> {
    to.map(1)?.u8(kind)?;
    value.write(to)
}

/// Reads the number of the kind, before the value.
pub(super) fn read_kind(from: &mut Decoder<'_>) -> Result<u8, Unread> {
    match from.map()? {
        Some(1) => Ok(from.u8()?),
        _ => Err(Unread::Damaged),
    }
}

/// Writes and reads a struct as a map. The keys have to ascend.
macro_rules! map {
    ($type:ident, $left_out:expr, { $($key:literal: $field:ident),* $(,)? }) => {
        impl Value for $type {
            fn left_out() -> Option<Self> {
                $left_out
            }

            fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
                let count = 0 $(+ u64::from(is_written(&self.$field)))*;
                to.map(count)?;
                $(if is_written(&self.$field) {
                    to.u8($key)?;
                    self.$field.write(to)?;
                })*
                Ok(())
            }

            fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
                let mut entries = Entries::begin(from)?;
                let value = Self { $($field: entries.take($key)?),* };
                entries.end()?;
                Ok(value)
            }
        }
    };
}

/// Writes and reads a type in the form of another type.
macro_rules! form {
    ($($type:ty, $form:ty: $to:expr, $from:expr;)*) => {$(
        impl Value for $type {
            fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
                let form: fn(&Self) -> $form = $to;
                form(self).write(to)
            }

            fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
                let value: fn($form) -> Option<Self> = $from;
                value(Value::read(from)?).ok_or(Unread::Damaged)
            }
        }
    )*};
}

/// Writes and reads a type as a fixed number of bytes, and a list of the type as one string of
/// bytes. Lists are most of a record, and this form takes a fifth of the time.
macro_rules! bytes {
    ($($type:ty, $length:literal: $to:expr, $from:expr;)*) => {$(
        impl Value for $type {
            fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
                Self::write_all(std::slice::from_ref(self), to)
            }

            fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
                let value: fn([u8; $length]) -> Self = $from;
                let bytes = from.bytes()?.try_into();
                bytes.map(value).map_err(|_| Unread::Damaged)
            }

            fn write_all<W: Write>(all: &[Self], to: &mut Encoder<W>) -> Written<W> {
                let bytes: fn(&Self) -> [u8; $length] = $to;
                to.bytes_len($length * all.len() as u64)?;
                let out = to.writer_mut();
                let mut written = all.iter().map(|one| out.write_all(&bytes(one)));
                written.try_for_each(|one| one.map_err(encode::Error::write))
            }

            fn read_all(from: &mut Decoder<'_>) -> Result<Vec<Self>, Unread> {
                let value: fn([u8; $length]) -> Self = $from;
                match from.bytes()?.as_chunks() {
                    (all, []) => Ok(all.iter().copied().map(value).collect()),
                    _ => Err(Unread::Damaged),
                }
            }
        }
    )*};
}

pub(super) use {bytes, form, map};

/// The entries of a map, in the order of their keys.
pub(super) struct Entries<'d, 'b> {
    from: &'d mut Decoder<'b>,
    /// The number of entries after the next one.
    left: u64,
    next: Option<u8>,
}

impl<'d, 'b> Entries<'d, 'b> {
    pub(super) fn begin(from: &'d mut Decoder<'b>) -> Result<Self, Unread> {
        let left = from.map()?.ok_or(Unread::Damaged)?;
        let mut entries = Self {
            from,
            left,
            next: None,
        };
        entries.advance()?;
        Ok(entries)
    }

    /// The value of a key, or its default.
    pub(super) fn take<T: Value>(&mut self, key: u8) -> Result<T, Unread> {
        if self.next != Some(key) {
            return T::left_out().ok_or(Unread::Damaged);
        }
        let value = T::read(self.from)?;
        self.advance()?;
        Ok(value)
    }

    /// Refuses a key that was not taken: it is unknown, repeated or out of order.
    pub(super) fn end(self) -> Result<(), Unread> {
        self.next.is_none().then_some(()).ok_or(Unread::Damaged)
    }

    fn advance(&mut self) -> Result<(), Unread> {
        self.next = match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Some(self.from.u8()?)
            }
            None => None,
        };
        Ok(())
    }
}

pub(super) fn is_written<T: Value>(value: &T) -> bool {
    T::left_out().is_none_or(|left_out| *value != left_out)
}

/// Counts the written bytes.
struct Length(usize);

impl Write for Length {
    type Error = Infallible;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0 += bytes.len();
        Ok(())
    }
}

fn in_memory(written: Result<(), encode::Error<Infallible>>) {
    if written.is_err() {
        unreachable!("writing to memory cannot fail");
    }
}

impl From<decode::Error> for Unread {
    fn from(_: decode::Error) -> Self {
        Self::Damaged
    }
}

macro_rules! numbers {
    ($($type:ident),*) => {$(
        impl Value for $type {
            fn left_out() -> Option<Self> {
                Some(0)
            }

            fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
                to.$type(*self)?.ok()
            }

            fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
                Ok(from.$type()?)
            }
        }
    )*};
}

numbers!(u32, u64, i8);

/// Several of them are one string of bytes.
impl Value for u8 {
    fn left_out() -> Option<Self> {
        Some(0)
    }

    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        to.u8(*self)?.ok()
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        Ok(from.u8()?)
    }

    fn write_all<W: Write>(all: &[Self], to: &mut Encoder<W>) -> Written<W> {
        to.bytes(all)?.ok()
    }

    fn read_all(from: &mut Decoder<'_>) -> Result<Vec<Self>, Unread> {
        Ok(from.bytes()?.to_vec())
    }
}

impl Value for bool {
    fn left_out() -> Option<Self> {
        Some(false)
    }

    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        to.bool(*self)?.ok()
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        Ok(from.bool()?)
    }
}

impl Value for String {
    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        to.str(self)?.ok()
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        Ok(from.str()?.to_owned())
    }
}

impl Value for Secret {
    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        to.bytes(self.expose_bytes())?.ok()
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        Self::dangerous_from_weak_bytes(from.bytes()?).map_err(|_| Unread::Damaged)
    }
}

impl Value for HashKey {
    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        to.bytes(self.as_bytes())?.ok()
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        let bytes = from.bytes()?.try_into();
        bytes.map(Self::from_bytes).map_err(|_| Unread::Damaged)
    }
}

impl<T: Value> Value for Option<T> {
    fn left_out() -> Option<Self> {
        Some(None)
    }

    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        match self {
            Some(value) => value.write(to),
            None => unreachable!("what is absent is left out"),
        }
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        T::read(from).map(Some)
    }
}

impl<T: Value> Value for Vec<T> {
    fn left_out() -> Option<Self> {
        Some(Self::new())
    }

    fn write<W: Write>(&self, to: &mut Encoder<W>) -> Written<W> {
        T::write_all(self, to)
    }

    fn read(from: &mut Decoder<'_>) -> Result<Self, Unread> {
        T::read_all(from)
    }
}
