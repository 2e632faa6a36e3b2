//! The alphabet of text messages: GSM 7-bit (3GPP TS 23.038 §6.2.1).

/// The letters that count as one character. Those of Latin without accents are among them.
const LETTERS: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà \n\r";
/// The letters that count as two, because an escape precedes them.
const ESCAPED: &str = "^{}\\[~]|€\u{c}";

/// How many characters of a text message the text takes, or `None` if one of its letters is not in
/// the alphabet.
pub(super) fn length(text: &str) -> Option<usize> {
    text.chars().map(taken).sum()
}

/// The beginning of a text that takes at most `room` characters of a text message.
pub(super) fn beginning(text: &str, mut room: usize) -> &str {
    let fits = |letter| {
        let left = room.checked_sub(taken(letter).unwrap_or(1));
        room = left.unwrap_or_default();
        left.is_some()
    };
    let rest = text.trim_start_matches(fits);
    &text[..text.len() - rest.len()]
}

fn taken(letter: char) -> Option<usize> {
    match letter {
        _ if letter.is_ascii_alphanumeric() || LETTERS.contains(letter) => Some(1),
        _ if ESCAPED.contains(letter) => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_is_that_of_3gpp() {
        // 128 places, one of them the escape (§6.2.1), and ten letters behind it (§6.2.1.1).
        let letters = ('\0'..char::MAX).filter(|letter| taken(*letter) == Some(1));
        assert_eq!(letters.count(), 127);
        let escaped = ('\0'..char::MAX).filter(|letter| taken(*letter) == Some(2));
        assert_eq!(escaped.count(), 10);
        assert_eq!(length("Grüße für 5 €"), Some(14));
        assert_eq!(length("naïve"), None);
        assert_eq!(length("`"), None);
    }

    #[test]
    fn a_beginning_ends_before_a_letter_that_does_not_fit() {
        assert_eq!(beginning("Acme", 4), "Acme");
        assert_eq!(beginning("Acme", 3), "Acm");
        assert_eq!(beginning("A€B", 2), "A");
        assert_eq!(beginning("A€B", 3), "A€");
        assert_eq!(beginning("A€B", 0), "");
        assert_eq!(beginning("日本語", 2), "日本");
    }
}
