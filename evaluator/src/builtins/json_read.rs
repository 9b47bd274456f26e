//! `fromJSON`: a reader that makes values directly.
//!
//! Nix reads JSON with nlohmann's library; what is accepted, and the words and
//! places of the errors, are those of its lexer and parser. Nesting costs no
//! native stack.

use conex_parser::Symbol;

use crate::error::{Error, Result};
use crate::evaluator::Evaluator;
use crate::memory::{Attr, Attrs, Buffer, List, Value};

/// What the lexer found.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    True,
    False,
    Null,
    /// Its text is in the lexer.
    String,
    Int(i64),
    Unsigned(u64),
    Float(f64),
    BeginArray,
    EndArray,
    BeginObject,
    EndObject,
    Colon,
    Comma,
    End,
    /// Not a token, for the reason given.
    Wrong(Reason),
}

impl Token {
    fn name(self) -> &'static str {
        match self {
            Self::True => "true literal",
            Self::False => "false literal",
            Self::Null => "null literal",
            Self::String => "string literal",
            Self::Int(_) | Self::Unsigned(_) | Self::Float(_) => "number literal",
            Self::BeginArray => "'['",
            Self::EndArray => "']'",
            Self::BeginObject => "'{'",
            Self::EndObject => "'}'",
            Self::Colon => "':'",
            Self::Comma => "','",
            Self::End => "end of input",
            Self::Wrong(_) => "<parse error>",
        }
    }
}

/// Why something is not a token.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reason {
    Literal,
    Bom,
    Quote,
    Escape,
    Hex,
    HighSurrogate,
    LowSurrogate,
    Control(u8),
    Utf8,
    AfterMinus,
    AfterPoint,
    AfterExponent,
    AfterSign,
}

/// The control characters by their names.
const CONTROLS: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR",
    "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC",
    "FS", "GS", "RS", "US",
];

impl Reason {
    fn text(self) -> String {
        match self {
            Self::Literal => "invalid literal".into(),
            Self::Bom => "invalid BOM; must be 0xEF 0xBB 0xBF if given".into(),
            Self::Quote => "invalid string: missing closing quote".into(),
            Self::Escape => "invalid string: forbidden character after backslash".into(),
            Self::Hex => "invalid string: '\\u' must be followed by 4 hex digits".into(),
            Self::HighSurrogate => {
                "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF".into()
            }
            Self::LowSurrogate => {
                "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF".into()
            }
            Self::Control(byte) => {
                let name = CONTROLS[usize::from(byte & 31)];
                let short = match byte {
                    8 => " or \\b",
                    9 => " or \\t",
                    10 => " or \\n",
                    12 => " or \\f",
                    13 => " or \\r",
                    _ => "",
                };
                format!(
                    "invalid string: control character U+{byte:04X} ({name}) must be escaped to \\u{byte:04X}{short}"
                )
            }
            Self::Utf8 => "invalid string: ill-formed UTF-8 byte".into(),
            Self::AfterMinus => "invalid number; expected digit after '-'".into(),
            Self::AfterPoint => "invalid number; expected digit after '.'".into(),
            Self::AfterExponent => {
                "invalid number; expected '+', '-', or digit after exponent".into()
            }
            Self::AfterSign => "invalid number; expected digit after exponent sign".into(),
        }
    }
}

/// Splits a text into tokens.
struct Lexer<'a> {
    text: &'a [u8],
    /// How much was read; one more than the length at the end.
    place: usize,
    /// Where the token began that messages show. Only strings and numbers
    /// begin a new one.
    shown_from: usize,
    /// The last string.
    string: Vec<u8>,
}

type Lexed<T> = std::result::Result<T, Reason>;

impl Lexer<'_> {
    /// The next byte, `None` at the end; the end counts as read, too.
    fn get(&mut self) -> Option<u8> {
        let byte = self.text.get(self.place).copied();
        self.place = (self.place + 1).min(self.text.len() + 1);
        byte
    }

    fn next(&mut self) -> Token {
        if self.place == 0 && self.text.first() == Some(&0xef) {
            self.place = 1;
            if self.get() != Some(0xbb) || self.get() != Some(0xbf) {
                return Token::Wrong(Reason::Bom);
            }
        }
        let byte = loop {
            match self.get() {
                None => return Token::End,
                Some(b' ' | b'\t' | b'\n' | b'\r') => {}
                Some(byte) => break byte,
            }
        };
        match byte {
            b'[' => Token::BeginArray,
            b']' => Token::EndArray,
            b'{' => Token::BeginObject,
            b'}' => Token::EndObject,
            b':' => Token::Colon,
            b',' => Token::Comma,
            b't' => self.literal(b"true", Token::True),
            b'f' => self.literal(b"false", Token::False),
            b'n' => self.literal(b"null", Token::Null),
            b'"' => self.scanned(Self::string),
            b'-' | b'0'..=b'9' => self.scanned(Self::number),
            _ => Token::Wrong(Reason::Literal),
        }
    }

    fn literal(&mut self, literal: &[u8], token: Token) -> Token {
        let complete = literal[1..].iter().all(|byte| self.get() == Some(*byte));
        if complete { token } else { Token::Wrong(Reason::Literal) }
    }

    fn scanned(&mut self, scan: fn(&mut Self) -> Lexed<Token>) -> Token {
        self.shown_from = self.place - 1;
        scan(self).unwrap_or_else(Token::Wrong)
    }

    fn string(&mut self) -> Lexed<Token> {
        self.string.clear();
        loop {
            // What needs no second look goes over as a whole.
            let rest = &self.text[self.place.min(self.text.len())..];
            let plain =
                rest.iter().take_while(|b| matches!(b, 0x20..=0x7f) && !b"\"\\".contains(b));
            let plain = plain.count();
            self.string.extend_from_slice(&rest[..plain]);
            self.place += plain;
            match self.get().ok_or(Reason::Quote)? {
                b'"' => return Ok(Token::String),
                b'\\' => self.escape()?,
                byte @ 0..=0x1f => return Err(Reason::Control(byte)),
                byte => self.multi_byte(byte)?,
            }
        }
    }

    fn escape(&mut self) -> Lexed<()> {
        let byte = match self.get() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.code_point(),
            _ => return Err(Reason::Escape),
        };
        self.string.push(byte);
        Ok(())
    }

    fn code_point(&mut self) -> Lexed<()> {
        let mut code = self.hex()?;
        match code {
            0xd800..=0xdbff => {
                if self.get() != Some(b'\\') || self.get() != Some(b'u') {
                    return Err(Reason::HighSurrogate);
                }
                let low = self.hex()?;
                if !(0xdc00..=0xdfff).contains(&low) {
                    return Err(Reason::HighSurrogate);
                }
                code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
            }
            0xdc00..=0xdfff => return Err(Reason::LowSurrogate),
            _ => {}
        }
        let character = char::from_u32(code).ok_or(Reason::LowSurrogate)?;
        self.string.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex(&mut self) -> Lexed<u32> {
        (0..4).try_fold(0, |code, _| {
            let digit = self.get().and_then(|byte| char::from(byte).to_digit(16));
            Ok(code * 16 + digit.ok_or(Reason::Hex)?)
        })
    }

    /// A character of several bytes, by the table of well-formed UTF-8.
    fn multi_byte(&mut self, first: u8) -> Lexed<()> {
        let (second, more) = match first {
            0xc2..=0xdf => (0x80..=0xbf, 0),
            0xe0 => (0xa0..=0xbf, 1),
            0xe1..=0xec | 0xee | 0xef => (0x80..=0xbf, 1),
            0xed => (0x80..=0x9f, 1),
            0xf0 => (0x90..=0xbf, 2),
            0xf1..=0xf3 => (0x80..=0xbf, 2),
            0xf4 => (0x80..=0x8f, 2),
            _ => return Err(Reason::Utf8),
        };
        self.string.push(first);
        let ranges = std::iter::once(second).chain(std::iter::repeat_n(0x80..=0xbf, more));
        for range in ranges {
            let byte = self.get().filter(|byte| range.contains(byte)).ok_or(Reason::Utf8)?;
            self.string.push(byte);
        }
        Ok(())
    }

    fn digits(&mut self) -> bool {
        let start = self.place;
        while self.text.get(self.place).is_some_and(u8::is_ascii_digit) {
            self.place += 1;
        }
        self.place > start
    }

    /// Demands digits; the byte in their place counts as read.
    fn demand_digits(&mut self, reason: Reason) -> Lexed<()> {
        if self.digits() {
            return Ok(());
        }
        self.get();
        Err(reason)
    }

    fn number(&mut self) -> Lexed<Token> {
        let start = self.place - 1;
        let negative = self.text[start] == b'-';
        if negative {
            self.place = start + 1;
        } else {
            self.place = start;
        }
        // A zero is not followed by further digits.
        if self.text.get(self.place) == Some(&b'0') {
            self.place += 1;
        } else {
            self.demand_digits(Reason::AfterMinus)?;
        }
        let mut whole = true;
        if self.text.get(self.place) == Some(&b'.') {
            whole = false;
            self.place += 1;
            self.demand_digits(Reason::AfterPoint)?;
        }
        if matches!(self.text.get(self.place), Some(b'e' | b'E')) {
            whole = false;
            self.place += 1;
            let signed = matches!(self.text.get(self.place), Some(b'+' | b'-'));
            self.place += usize::from(signed);
            let reason = if signed { Reason::AfterSign } else { Reason::AfterExponent };
            self.demand_digits(reason)?;
        }
        let text = std::str::from_utf8(&self.text[start..self.place]).unwrap_or_default();
        let int = text.parse().map(Token::Int).or_else(|_| text.parse().map(Token::Unsigned));
        if let (true, Ok(token)) = (whole, int) {
            return Ok(token);
        }
        Ok(Token::Float(text.parse().unwrap_or(f64::NAN)))
    }

    /// The text that was read of the token, as messages show it.
    fn shown(&self) -> String {
        let end = self.place.min(self.text.len());
        let mut shown = String::new();
        for character in String::from_utf8_lossy(&self.text[self.shown_from..end]).chars() {
            match character {
                '\0'..='\x1f' => shown.push_str(&format!("<U+{:04X}>", u32::from(character))),
                character => shown.push(character),
            }
        }
        shown
    }
}

/// An array or object that is not closed yet: where its members begin on the
/// evaluator's stack, and the names of those of an object in [`Reader::names`].
#[derive(Clone, Copy)]
enum Open {
    Array(usize),
    Object(usize, usize),
}

/// Values wait on the evaluator's stack until what they are in is complete.
struct Reader<'a> {
    lexer: Lexer<'a>,
    open: Vec<Open>,
    names: Vec<Symbol>,
}

/// The value of a JSON text.
pub(super) fn read<'h>(e: &mut Evaluator<'h>, text: &[u8]) -> Result<Value<'h>> {
    let base = e.stack.len();
    let value = read_all(e, text);
    e.stack.truncate(base);
    value
}

fn read_all<'h>(e: &mut Evaluator<'h>, text: &[u8]) -> Result<Value<'h>> {
    let mut reader = Reader {
        lexer: Lexer { text, place: 0, shown_from: 0, string: Vec::new() },
        open: Vec::new(),
        names: Vec::new(),
    };
    let mut token = reader.lexer.next();
    loop {
        let value = match reader.begin(e, token)? {
            Begun::Value(value) => value,
            Begun::Open(next) => {
                token = next;
                continue;
            }
        };
        match reader.end(e, value)? {
            Ended::Next(next) => token = next,
            Ended::All(value) => return Ok(value),
        }
    }
}

enum Begun<'h> {
    /// A complete value.
    Value(Value<'h>),
    /// Something was opened; its first member begins with this token.
    Open(Token),
}

enum Ended<'h> {
    /// The next member begins with this token.
    Next(Token),
    /// That was the whole text.
    All(Value<'h>),
}

impl Reader<'_> {
    fn begin<'h>(&mut self, e: &mut Evaluator<'h>, token: Token) -> Result<Begun<'h>> {
        Ok(Begun::Value(match token {
            Token::True => Value::TRUE,
            Token::False => Value::FALSE,
            Token::Null => Value::NULL,
            Token::Int(int) => e.int(int),
            Token::Unsigned(int) => {
                return Err(Error::type_error(format!(
                    "unsigned json number {int} outside of Nix integer range"
                )));
            }
            Token::Float(float) if float.is_finite() => Value::float(e.heap, float),
            Token::Float(_) => {
                let number = self.lexer.shown();
                return Err(Error::type_error(format!(
                    "[json.exception.out_of_range.406] number overflow parsing '{number}'"
                )));
            }
            Token::String => {
                self.refuse_null_bytes()?;
                e.str(&self.lexer.string)
            }
            Token::BeginArray => match self.lexer.next() {
                Token::EndArray => List::new(e.heap, &[]).into(),
                next => {
                    self.open.push(Open::Array(e.stack.len()));
                    return Ok(Begun::Open(next));
                }
            },
            Token::BeginObject => match self.lexer.next() {
                Token::EndObject => Attrs::from_sorted(e.heap, &[]).into(),
                next => {
                    self.open.push(Open::Object(e.stack.len(), self.names.len()));
                    self.member(e, next)?;
                    return Ok(Begun::Open(self.lexer.next()));
                }
            },
            Token::Wrong(_) => return Err(self.unexpected(token, "value", None)),
            Token::End if self.lexer.place == 1 => {
                return Err(self.error(
                    "attempting to parse an empty input; check that your input string or stream contains the expected JSON",
                ));
            }
            _ => return Err(self.unexpected(token, "value", Some("'[', '{', or a literal"))),
        }))
    }

    /// Puts a value where it belongs and closes what ends behind it.
    fn end<'h>(&mut self, e: &mut Evaluator<'h>, value: Value<'h>) -> Result<Ended<'h>> {
        let mut value = value;
        loop {
            let Some(open) = self.open.pop() else {
                let token = self.lexer.next();
                if token != Token::End {
                    return Err(self.unexpected(token, "value", Some("end of input")));
                }
                return Ok(Ended::All(value));
            };
            value = match open {
                Open::Array(start) => {
                    e.stack.push(value);
                    match self.lexer.next() {
                        Token::Comma => {
                            self.open.push(open);
                            return Ok(Ended::Next(self.lexer.next()));
                        }
                        Token::EndArray => {
                            let list = List::new(e.heap, &e.stack[start..]).into();
                            e.stack.truncate(start);
                            list
                        }
                        token => return Err(self.unexpected(token, "array", Some("']'"))),
                    }
                }
                Open::Object(start, names) => {
                    e.stack.push(value);
                    match self.lexer.next() {
                        Token::Comma => {
                            let next = self.lexer.next();
                            self.member(e, next)?;
                            self.open.push(open);
                            return Ok(Ended::Next(self.lexer.next()));
                        }
                        Token::EndObject => {
                            let members = self.names[names..].iter().zip(&e.stack[start..]);
                            let members = members.map(|(name, value)| Attr {
                                name: *name,
                                position: 0,
                                value: *value,
                            });
                            let mut members = Buffer::collect(e.heap, members);
                            let set = Attrs::from_unsorted(e.heap, &mut members).into();
                            e.stack.truncate(start);
                            self.names.truncate(names);
                            set
                        }
                        token => return Err(self.unexpected(token, "object", Some("'}'"))),
                    }
                }
            };
        }
    }

    /// The name of a member and its colon.
    fn member(&mut self, e: &mut Evaluator<'_>, token: Token) -> Result<()> {
        if token != Token::String {
            return Err(self.unexpected(token, "object key", Some("string literal")));
        }
        self.refuse_null_bytes()?;
        let name = e.symbol_of(&self.lexer.string);
        match self.lexer.next() {
            Token::Colon => {
                self.names.push(name);
                Ok(())
            }
            token => Err(self.unexpected(token, "object separator", Some("':'"))),
        }
    }

    fn refuse_null_bytes(&self) -> Result<()> {
        super::refuse_null_bytes(&self.lexer.string)
    }

    fn unexpected(&self, token: Token, context: &str, expected: Option<&str>) -> Error {
        let mut message = format!("syntax error while parsing {context} - ");
        match token {
            Token::Wrong(reason) => {
                let shown = self.lexer.shown();
                message.push_str(&format!("{}; last read: '{shown}'", reason.text()));
            }
            token => message.push_str(&format!("unexpected {}", token.name())),
        }
        if let Some(expected) = expected {
            message.push_str(&format!("; expected {expected}"));
        }
        self.error(&message)
    }

    fn error(&self, message: &str) -> Error {
        let read = &self.lexer.text[..self.lexer.place.min(self.lexer.text.len())];
        let line = 1 + read.iter().filter(|byte| **byte == b'\n').count();
        let line_start = read.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = self.lexer.place - line_start;
        Error::type_error(format!(
            "[json.exception.parse_error.101] parse error at line {line}, column {column}: {message}"
        ))
    }
}
