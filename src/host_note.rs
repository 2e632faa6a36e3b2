//! A note of the host, which travels with a login or an enrolment.

use crate::limits::HOST_NOTE_BYTES;

/// A note of the host, which a login takes along: in the challenge and in the grant to enrol,
/// until the login is through. An enrolment that is started in a session takes it along, too,
/// until it is confirmed. For example, the note says where to go afterwards. It has at most 256
/// bytes.
///
/// ```
/// use countersign::RequestContext;
/// use countersign::account::HostNote;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let context = RequestContext::new().note(HostNote::new("/orders/17")?);
/// assert!(HostNote::new([0; 257]).is_err());
/// # Ok(()) }
/// ```
///
/// # Security
///
/// The client can read the note, but cannot change it. Check a note that comes from the client,
/// such as an address to return to, before it goes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostNote(Vec<u8>);

/// A note of more than 256 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the note has more than 256 bytes")]
pub struct HostNoteTooLong;

impl HostNote {
    /// A note of these bytes.
    ///
    /// # Errors
    ///
    /// [`HostNoteTooLong`] if it has more than 256 bytes.
    pub fn new(note: impl AsRef<[u8]>) -> Result<Self, HostNoteTooLong> {
        let note = note.as_ref();
        match note.len() {
            0..=HOST_NOTE_BYTES => Ok(Self(note.to_vec())),
            _ => Err(HostNoteTooLong),
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
