//! Exports as Google Authenticator writes them.
//!
//! They are public test data of scito/extract_otp_secrets (`example_export.txt`,
//! `test_plus_problem_export.txt`) and dim13/otpauth (`README.md`), which also give the exported
//! keys.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};

use super::PREFIX;

pub(super) const NO_ISSUER: &str = "otpauth-migration://offline?data=CigKEPqlBekzoNEukL7qlsjBCDYSDnBpQHJhc3BiZXJyeXBpIAEoATACEAEYA\
                         SAAKLzjp5n4%2F%2F%2F%2F%2FwE%3D";
pub(super) const TWO_KEYS: &str = "otpauth-migration://offline?data=CigKEPqlBekzoNEukL7qlsjBCDYSDnBpQHJhc3BiZXJyeXBpIAEoATACCjUKEP\
                        qlBekzoNEukL7qlsjBCDYSDnBpQHJhc3BiZXJyeXBpGgtyYXNwYmVycnlwaSABKAEwAhABGAEgACiQ7OOa%2Bf%2F%2F%2\
                        F%2F8B";
pub(super) const HOTP: &str = "otpauth-migration://offline?data=CiUKEPqlBekzoNEukL7qlsjBCDYSCWhvdHAgZGVtbyABKAEwATgEEAEYASAAKNuv15j\
                    6%2F%2F%2F%2F%2FwE%3D";
pub(super) const COLON: &str = "otpauth-migration://offline?data=CjYKEPqlBekzoNEukL7qlsjBCDYSHGVuY29kaW5nOiDCv8Okw4TDqcOJPyAoZGVtb\
                     ykgASgBMAIQARgBIAAorfCurv%2F%2F%2F%2F%2F%2FAQ%3D%3D";
/// Neither `+` nor `/` nor `=` is escaped.
pub(super) const PLUS: &str = "otpauth-migration://offline?data=ClEKFAciUeGF4aS6IDCvMv99ySZ1ekKsEiVTZXJlbml0eUxhYnM6dGVzdDFAc2VyZW5\
                    pdHlsYWJzLmNvLnVrGgxTZXJlbml0eUxhYnMgASgBMAIKUQoUkIY8/fbrHZWTb4CBln18lvqt0HcSJVNlcmVuaXR5TGFiczp0ZX\
                    N0MkBzZXJlbml0eWxhYnMuY28udWsaDFNlcmVuaXR5TGFicyABKAEwAgpRChScf+1/Ua4d4gCY0W/7fj9VBkM9PBIlU2VyZW5pd\
                    HlMYWJzOnRlc3QzQHNlcmVuaXR5bGFicy5jby51axoMU2VyZW5pdHlMYWJzIAEoATACClEKFG6Qu0ryTSFA/l5rmvTIXtNeb5Lt\
                    EiVTZXJlbml0eUxhYnM6dGVzdDRAc2VyZW5pdHlsYWJzLmNvLnVrGgxTZXJlbml0eUxhYnMgASgBMAIQARgBIAAogtTa1vz////\
                    /AQ==";
/// An export from before batches existed. Every field that equals a default is left out.
pub(super) const OLD: &str = "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC";
/// A common export that was combined from two others: the key has no type, and the batch has two
/// ids.
pub(super) const SPLICED: &str = "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBs\
                       ZSABKAEwAhABGAEgACjr4JKK%2B%2F%2F%2F%2F%2F8B";

/// The URI of a message.
pub(super) fn uri(message: &[u8]) -> String {
    format!("{PREFIX}{}", Base64::encode_string(message))
}

/// A field of bytes; every length here is one byte.
pub(super) fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [
        &[number << 3 | 2, u8::try_from(bytes.len()).unwrap()],
        bytes,
    ]
    .concat()
}
