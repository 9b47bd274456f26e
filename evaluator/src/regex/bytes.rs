//! Sets of bytes, and the sets that have names in bracket expressions.

/// A set of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    /// All bytes but NUL, which no string of Nix contains.
    pub(super) fn any() -> Self {
        let mut set = Self::default().inverted();
        set.0[0] &= !1;
        set
    }

    pub(super) fn of(byte: u8) -> Self {
        let mut set = Self::default();
        set.add(byte);
        set
    }

    pub(super) fn filled(test: impl Fn(u8) -> bool) -> Self {
        let mut set = Self::default();
        (0..=255).filter(|byte| test(*byte)).for_each(|byte| set.add(byte));
        set
    }

    pub(super) fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    pub(super) fn inverted(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    pub(super) fn is_disjoint(self, other: Self) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & b == 0)
    }

    /// The set as ranges of bytes, both ends in it.
    pub(super) fn ranges(&self) -> Vec<(u8, u8)> {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for byte in (0..=255).filter(|byte| self.has(*byte)) {
            match ranges.last_mut() {
                Some((_, end)) if *end + 1 == byte => *end = byte,
                _ => ranges.push((byte, byte)),
            }
        }
        ranges
    }
}

/// `[:name:]` in the C locale; the case of the name does not matter.
pub(super) fn class(name: &[u8]) -> Option<ByteSet> {
    let test: fn(u8) -> bool = match name.to_ascii_lowercase().as_slice() {
        b"alnum" => |b| b.is_ascii_alphanumeric(),
        b"alpha" => |b| b.is_ascii_alphabetic(),
        b"blank" => |b| b == b' ' || b == b'\t',
        b"cntrl" => |b| b.is_ascii_control(),
        b"d" | b"digit" => |b| b.is_ascii_digit(),
        b"graph" => |b| b.is_ascii_graphic(),
        b"lower" => |b| b.is_ascii_lowercase(),
        b"print" => |b| b.is_ascii_graphic() || b == b' ',
        b"punct" => |b| b.is_ascii_punctuation(),
        b"s" | b"space" => |b| b == b' ' || (b'\t'..=b'\r').contains(&b),
        b"upper" => |b| b.is_ascii_uppercase(),
        b"w" => |b| b.is_ascii_alphanumeric() || b == b'_',
        b"xdigit" => |b| b.is_ascii_hexdigit(),
        _ => return None,
    };
    Some(ByteSet::filled(test))
}

/// The names of the control characters in the portable character set.
const CONTROLS: &str = "NUL SOH STX ETX EOT ENQ ACK alert backspace tab newline vertical-tab \
    form-feed carriage-return SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4 IS3 IS2 IS1";

/// The other characters that have longer names than themselves.
const NAMED: &str = "space exclamation-mark quotation-mark number-sign dollar-sign percent-sign \
    ampersand apostrophe left-parenthesis right-parenthesis asterisk plus-sign comma hyphen period \
    slash zero one two three four five six seven eight nine colon semicolon less-than-sign \
    equals-sign greater-than-sign question-mark commercial-at";

/// The character of `[.name.]`.
pub(super) fn collating(name: &[u8]) -> Option<u8> {
    let name = std::str::from_utf8(name).ok()?;
    if let [byte] = name.as_bytes()
        && byte.is_ascii_alphabetic()
    {
        return Some(*byte);
    }
    let mut first = CONTROLS.split_whitespace().chain(NAMED.split_whitespace());
    if let Some(index) = first.position(|known| known == name) {
        return u8::try_from(index).ok();
    }
    Some(match name {
        "left-square-bracket" => b'[',
        "backslash" => b'\\',
        "right-square-bracket" => b']',
        "circumflex" => b'^',
        "underscore" => b'_',
        "grave-accent" => b'`',
        "left-curly-bracket" => b'{',
        "vertical-line" => b'|',
        "right-curly-bracket" => b'}',
        "tilde" => b'~',
        "DEL" => 0x7f,
        _ => return None,
    })
}
