//! Texts that are not UTF-8.
//!
//! Nix takes any bytes for a program, and a string holds any bytes. Where
//! conex has text in their place, a character at the end of the last private
//! plane stands for each byte that is not part of a character. Those
//! characters themselves are taken for such bytes too, so nothing is lost.

use std::borrow::Cow;

/// The characters that stand for the bytes from 0x80 to 0xff.
const FIRST: char = '\u{10ff80}';
/// What their UTF-8 begins with, and nearly nothing else does.
const LEAD: u8 = 0xf4;

/// Bytes as text.
pub fn legible(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) if !text.chars().any(stands_in) => text,
        Ok(text) => escape(text.as_bytes()),
        Err(error) => escape(error.as_bytes()),
    }
}

fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if stands_in(c) {
                let mut buffer = [0; 4];
                text.extend(c.encode_utf8(&mut buffer).bytes().map(stand_in));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(stand_in));
    }
    text
}

/// The bytes of a text.
pub fn original(text: &str) -> Cow<'_, [u8]> {
    if !text.as_bytes().contains(&LEAD) || !text.chars().any(stands_in) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if stands_in(c) {
            bytes.push((u32::from(c) & 0xff) as u8);
        } else {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(bytes)
}

fn stands_in(c: char) -> bool {
    c >= FIRST
}

fn stand_in(byte: u8) -> char {
    char::from_u32(0x10_ff00 | u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The text as people can read it.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    if !text.as_bytes().contains(&LEAD) {
        return text.into();
    }
    text.replace(stands_in, "\u{fffd}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf_8_comes_back() {
        for bytes in [
            &b"plain"[..],
            b"v\xc3\xa4lid \xff mor\xc3\xa9",
            b"\xf4\x8f\xbf\xbf \x80",
            b"\xe2\x82",
            b"",
        ] {
            assert_eq!(&*original(&legible(bytes.to_vec())), bytes);
        }
    }

    #[test]
    fn what_is_utf_8_stays_as_it_is() {
        assert_eq!(legible("välid".into()), "välid");
        assert_eq!(shown(&legible(b"a\xffb".to_vec())), "a\u{fffd}b");
    }
}
