use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use rand_core::TryCryptoRng;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{Digits, ParamsError};
use crate::typed::{self, CodeError, Typed};

/// A one-time code, as an authenticator shows it or as a person typed it.
///
/// A code has 6 to 8 digits, leading zeros included. Comparisons take constant time.
///
/// # Security
///
/// There is no `Display`, and `Debug` is redacted. [`Code::expose_digits`] hands out the digits.
/// The value is wiped on drop.
#[derive(Clone)]
pub struct Code {
    value: u32,
    digits: Digits,
}

impl Code {
    /// The longest text that [`Code::parse`] looks at, in bytes.
    pub const MAX_INPUT: usize = typed::MAX_INPUT;

    /// Reads a code as people type and paste it. The digits may be of any one script. White space,
    /// dashes and invisible format characters may stand between and around them (the categories Nd,
    /// Pd and Cf of Unicode 18.0).
    ///
    /// Full-width digits count as ASCII digits. Two different codes never read as the same code.
    ///
    /// # Errors
    ///
    /// - [`CodeError::ForeignCharacter`] for any other character: a sign, digits of two scripts, or
    ///   a character that overrides the direction of the text (U+202D, U+202E).
    /// - [`CodeError::Length`] unless 6 to 8 digits are left.
    /// - [`CodeError::TooLong`] for more than 256 bytes of input.
    ///
    /// # Examples
    ///
    /// ```
    /// use countersign::otp::Code;
    ///
    /// assert_eq!(Code::parse("012 345")?, Code::parse("012345")?);
    /// assert_eq!(Code::parse("٠١٢٣٤٥")?, Code::parse("012345")?);
    /// assert!(Code::parse("+12345").is_err());
    /// # Ok::<(), countersign::otp::CodeError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let mut value = Zeroizing::new(0_u32);
        let mut count = 0_u8;
        for letter in Typed::new(text)? {
            let digit = letter?.to_digit(10).ok_or(CodeError::ForeignCharacter)?;
            if count == Digits::EIGHT.get() {
                return Err(CodeError::Length);
            }
            *value = *value * 10 + digit;
            count += 1;
        }
        let digits = Digits::new(count).map_err(|_: ParamsError| CodeError::Length)?;
        Ok(Self::from_value(*value, digits))
    }

    /// Draws a random code. All codes are equally likely.
    ///
    /// It is for codes that are sent to someone. Authenticators compute theirs from a key.
    ///
    /// # Errors
    ///
    /// The error of the random number generator.
    pub fn random<R: TryCryptoRng + ?Sized>(digits: Digits, rng: &mut R) -> Result<Self, R::Error> {
        // The limit is a multiple of the number of codes, so that the remainder is not biased (RFC
        // 4226 §E.2 describes the problem).
        let bound = u32::MAX - u32::MAX % digits.codes();
        let mut draw = Zeroizing::new(rng.try_next_u32()?);
        while *draw >= bound {
            *draw = rng.try_next_u32()?;
        }
        Ok(Self::from_value(*draw, digits))
    }

    /// The number of digits.
    #[must_use]
    pub const fn digits(&self) -> Digits {
        self.digits
    }

    /// The digits as text, leading zeros included, to show the code to its owner.
    #[must_use]
    pub fn expose_digits(&self) -> Zeroizing<String> {
        let count = usize::from(self.digits.get());
        let mut text = Zeroizing::new(String::with_capacity(count));
        let mut scale = self.digits.codes() / 10;
        while scale > 0 {
            let digit = self.value / scale % 10;
            text.extend(char::from_digit(digit, 10));
            scale /= 10;
        }
        text
    }

    /// The code of `value`: its last `digits` digits.
    pub(crate) const fn from_value(value: u32, digits: Digits) -> Self {
        Self {
            value: digits.reduce(value),
            digits,
        }
    }

    /// The digits as a number.
    pub(crate) const fn value(&self) -> u32 {
        self.value
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::parse(text)
    }
}

impl ConstantTimeEq for Code {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.value.ct_eq(&other.value) & self.digits.get().ct_eq(&other.digits.get())
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code([redacted])")
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl ZeroizeOnDrop for Code {}

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

    use super::*;
    use crate::otp::test_rng::{Broken, Draws};

    #[test] // S-2
    fn what_is_no_code_says_why() {
        for (text, error) in [
            ("", CodeError::Length),
            ("- -", CodeError::Length),
            ("12345", CodeError::Length),
            ("123456789", CodeError::Length),
            ("99999999999999999999", CodeError::Length),
            ("+123456", CodeError::ForeignCharacter),
            ("12345a", CodeError::ForeignCharacter),
            ("١٢٣456", CodeError::ForeignCharacter),
            ("\u{202e}123456", CodeError::ForeignCharacter),
        ] {
            assert_eq!(Code::parse(text), Err(error), "{text:?}");
        }
        let longest = format!("{:>width$}", "123456", width = Code::MAX_INPUT);
        assert!(Code::parse(&longest).is_ok());
        assert_eq!(Code::parse(&(longest + " ")), Err(CodeError::TooLong));
    }

    #[test]
    fn codes_of_different_length_differ() {
        assert_ne!(Code::parse("0123456"), Code::parse("123456"));
        assert_ne!(Code::parse("123456"), Code::parse("123457"));
        assert_eq!("123-456".parse::<Code>(), Code::parse("123456"));
    }

    #[test]
    fn debug_tells_nothing() {
        // S-42
        let code = Code::parse("918273").unwrap();
        assert_eq!(format!("{code:?}"), "Code([redacted])");
    }

    #[test]
    fn random_codes_are_not_biased() {
        // S-4: draws that would make small codes more likely are discarded. Other draws are kept
        // unchanged.
        let mut rng = Draws::new([u32::MAX, 4_294_000_000, 4_293_999_999]);
        let code = Code::random(Digits::SIX, &mut rng).unwrap();
        assert_eq!(code.expose_digits().as_str(), "999999");

        let mut rng = Draws::new([4_200_000_000, 4_199_999_999]);
        let code = Code::random(Digits::EIGHT, &mut rng).unwrap();
        assert_eq!(code.expose_digits().as_str(), "99999999");

        let mut rng = Draws::new([0]);
        let code = Code::random(Digits::EIGHT, &mut rng).unwrap();
        assert_eq!(code.expose_digits().as_str(), "00000000");
    }

    #[test]
    fn a_broken_generator_is_an_error() {
        // S-4, S-44
        assert!(Code::random(Digits::SIX, &mut Broken).is_err());
    }

    proptest! {
        #[test]
        fn digits_survive_the_round_trip(text in "[0-9]{6,8}") {
            let code = Code::parse(&text).unwrap();
            prop_assert_eq!(&*code.expose_digits(), &text);
            prop_assert_eq!(usize::from(code.digits().get()), text.len());
        }
    }
}
