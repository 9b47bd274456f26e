//! Splits a text into tokens, exactly where Nix does.
//!
//! Nix takes the longest match among its rules, so that `a.b/c` is one path
//! and `x:y` a URI. Strings and interpolated paths put the lexer into another
//! mode until they end.

use super::tables::Token;
use crate::{ErrorKind, Span, SyntaxError};

/// What the bytes at the current place are part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Inside `{ … }` or `${ … }`.
    Code,
    /// `"…"`
    String,
    /// `''…''`
    Indented,
    /// Behind a piece of a path.
    Path,
    /// Behind a piece of a path that ends in a slash.
    PathSlash,
}

/// Finds the tokens of one text, one after the other.
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    position: usize,
    /// Empty in the code outside of all braces.
    modes: Vec<Mode>,
    /// Where the run of path characters ends that was looked at last, and
    /// where it began. Without it, `a.a.a.…` would be read again and again.
    path_run: (usize, usize),
    /// The same for the characters of a URI's scheme.
    scheme_run: (usize, usize),
    /// Where the last piece of a path began.
    piece: usize,
    /// Mistakes that only the lexer can see.
    pub(crate) errors: Vec<SyntaxError>,
    pipe_operators: bool,
}

fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+')
}

fn is_uri(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"%/?:@&=+$,-_.!~*'".contains(&byte)
}

fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-')
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str, pipe_operators: bool) -> Self {
        Self {
            text: text.as_bytes(),
            position: 0,
            modes: Vec::new(),
            path_run: (0, 0),
            scheme_run: (0, 0),
            piece: 0,
            errors: Vec::new(),
            pipe_operators,
        }
    }

    /// The next token and its place; [`Token::End`] again and again at the
    /// end.
    pub(crate) fn next(&mut self) -> (Token, Span) {
        loop {
            let start = self.position;
            let token = match self.modes.last() {
                Some(Mode::String) => Some(self.string()),
                Some(Mode::Indented) => Some(self.indented()),
                Some(&mode @ (Mode::Path | Mode::PathSlash)) => Some(self.path_piece(mode)),
                Some(Mode::Code) | None => self.code(),
            };
            if let Some(token) = token {
                return (token, Span::new(start as u32, self.position as u32));
            }
        }
    }

    fn byte(&self, offset: usize) -> u8 {
        self.text.get(self.position + offset).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        &self.text[self.position.min(self.text.len())..]
    }

    fn run(&self, from: usize, member: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        from + rest.iter().position(|&b| !member(b)).unwrap_or(rest.len())
    }

    fn error(&mut self, message: String, span: Span) {
        self.errors.push(SyntaxError::new(ErrorKind::Token, message, span));
    }

    fn take(&mut self, length: usize, token: Token) -> Token {
        self.position += length;
        token
    }

    /// A token of code, or `None` after white space or a comment.
    fn code(&mut self) -> Option<Token> {
        let Some(&byte) = self.text.get(self.position) else { return Some(Token::End) };
        Some(match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                self.position =
                    self.run(self.position, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
                return None;
            }
            b'#' => {
                self.position = self.run(self.position, |b| !matches!(b, b'\r' | b'\n'));
                return None;
            }
            b'/' if self.byte(1) == b'*' && self.comment() => return None,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(),
            b'0'..=b'9' | b'.' | b'/' | b'+' | b'-' => self.number_or_path(byte),
            b'~' => self.home_path(),
            b'<' => self.less(),
            b'"' => {
                self.modes.push(Mode::String);
                self.take(1, Token::Quote)
            }
            b'\'' if self.byte(1) == b'\'' => self.open_indented(),
            b'$' if self.byte(1) == b'{' => {
                self.modes.push(Mode::Code);
                self.take(2, Token::DollarBrace)
            }
            b'{' => {
                self.modes.push(Mode::Code);
                self.take(1, Token::BraceOpen)
            }
            b'}' => {
                self.modes.pop();
                self.take(1, Token::BraceClose)
            }
            _ => self.operator(byte),
        })
    }

    /// Skips `/* … */`; false if it never ends, for then Nix sees a slash.
    fn comment(&mut self) -> bool {
        let body = self.rest().get(2..).unwrap_or_default();
        match body.windows(2).position(|pair| pair == b"*/") {
            Some(length) => {
                self.position += length + 4;
                true
            }
            None => false,
        }
    }

    fn operator(&mut self, byte: u8) -> Token {
        let (length, token) = match (byte, self.byte(1)) {
            (b'=', b'=') => (2, Token::Equal),
            (b'=', _) => (1, Token::Assign),
            (b'!', b'=') => (2, Token::NotEqual),
            (b'!', _) => (1, Token::Bang),
            (b'>', b'=') => (2, Token::GreaterOrEqual),
            (b'>', _) => (1, Token::Greater),
            (b'&', b'&') => (2, Token::And),
            (b'|', b'|') => (2, Token::Or),
            (b'|', b'>') => return self.pipe(Token::PipeInto),
            (b'*', _) => (1, Token::Star),
            (b'?', _) => (1, Token::Question),
            (b':', _) => (1, Token::Colon),
            (b'@', _) => (1, Token::At),
            (b';', _) => (1, Token::Semicolon),
            (b'(', _) => (1, Token::ParenOpen),
            (b')', _) => (1, Token::ParenClose),
            (b'[', _) => (1, Token::BracketOpen),
            (b']', _) => (1, Token::BracketClose),
            (b',', _) => (1, Token::Comma),
            // Whole characters, so that no place is inside of one.
            _ => (self.character_length(), Token::Invalid),
        };
        self.take(length, token)
    }

    fn character_length(&self) -> usize {
        let rest = self.rest().iter().skip(1);
        1 + rest.take_while(|&&b| b & 0b1100_0000 == 0b1000_0000).count()
    }

    fn pipe(&mut self, token: Token) -> Token {
        let start = self.position as u32;
        if !self.pipe_operators {
            let name = "pipe-operators";
            let message = format!(
                "experimental Nix feature '{name}' is disabled; \
                 add '--extra-experimental-features {name}' to enable it"
            );
            let span = Span::new(start, start + 2);
            self.errors.push(SyntaxError::new(ErrorKind::PipeOperator, message, span));
        }
        self.take(2, token)
    }

    /// The end of the run of path characters at `from`.
    fn path_run(&mut self, from: usize) -> usize {
        if !(self.path_run.0..self.path_run.1).contains(&from) {
            self.path_run = (from, self.run(from, is_path));
        }
        self.path_run.1
    }

    /// The end of the path that begins here, if there is one.
    fn path_end(&mut self) -> Option<usize> {
        let mut end = self.path_run(self.position);
        if self.text.get(end) != Some(&b'/') {
            return None;
        }
        let start = end;
        loop {
            let next = self.run(end + 1, is_path);
            if next == end + 1 {
                break;
            }
            end = next;
            if self.text.get(end) != Some(&b'/') {
                return Some(end);
            }
        }
        // `end` is at a slash that no path character follows.
        (end > start).then_some(end + 1)
    }

    /// The end of `segment/` if an interpolation follows.
    fn segment_end(&mut self) -> Option<usize> {
        let end = self.path_run(self.position);
        self.text.get(end..)?.starts_with(b"/${").then_some(end + 1)
    }

    fn uri_end(&mut self) -> Option<usize> {
        let start = self.position;
        if !(self.scheme_run.0..self.scheme_run.1).contains(&start) {
            self.scheme_run = (start, self.run(start, is_scheme));
        }
        let colon = self.scheme_run.1;
        if self.text.get(colon) != Some(&b':') {
            return None;
        }
        let end = self.run(colon + 1, is_uri);
        (end > colon + 1).then_some(end)
    }

    /// Takes a path up to `end`.
    fn path(&mut self, end: usize, token: Token) -> Token {
        self.piece = self.position;
        self.position = end;
        let slash = self.text[end - 1] == b'/';
        self.modes.push(if slash { Mode::PathSlash } else { Mode::Path });
        token
    }

    /// An identifier, a keyword, or the path or URI that begins like one.
    fn word(&mut self) -> Token {
        let start = self.position;
        let mut end = self.run(start, is_identifier);
        let mut token = keyword(&self.text[start..end]);
        match self.text.get(end) {
            Some(b'.' | b'+' | b'/' | b':') => {}
            _ => return self.take(end - start, token),
        }
        let path = self.path_end().filter(|&e| e > end);
        let segment = self.segment_end();
        let uri = if self.text[start] == b'_' { None } else { self.uri_end() };
        // The length with which the rule matches; `${` belongs to a segment.
        let mut longest = end;
        if let Some(segment) = segment.filter(|&e| e + 2 > longest) {
            (longest, end, token) = (segment + 2, segment, Token::Path);
        }
        if let Some(path) = path.filter(|&e| e > longest) {
            (longest, end, token) = (path, path, Token::Path);
        }
        if let Some(uri) = uri.filter(|&e| e > longest) {
            (end, token) = (uri, Token::Uri);
        }
        if token == Token::Path {
            return self.path(end, token);
        }
        self.take(end - start, token)
    }

    fn number_or_path(&mut self, byte: u8) -> Token {
        let start = self.position;
        if let Some(end) = self.path_end().or_else(|| self.segment_end()) {
            return self.path(end, Token::Path);
        }
        let digits = self.run(start, |b| b.is_ascii_digit());
        if let Some(end) = self.float_end(start, digits) {
            return self.take(end - start, Token::Float);
        }
        if digits > start {
            return self.take(digits - start, Token::Integer);
        }
        let (length, token) = match byte {
            b'.' if self.rest().starts_with(b"...") => (3, Token::Ellipsis),
            b'.' => (1, Token::Dot),
            b'/' if self.byte(1) == b'/' => (2, Token::Update),
            b'/' => (1, Token::Slash),
            b'+' if self.byte(1) == b'+' => (2, Token::Concat),
            b'+' => (1, Token::Plus),
            b'-' if self.byte(1) == b'>' => (2, Token::Implies),
            _ => (1, Token::Minus),
        };
        self.take(length, token)
    }

    /// The end of `1.`, `1.5`, `0.5` or `.5`, with an exponent or without.
    /// A number with a fraction has no other leading zero than that of `0.5`.
    fn float_end(&self, start: usize, digits: usize) -> Option<usize> {
        if self.text.get(digits) != Some(&b'.') {
            return None;
        }
        let fraction = self.run(digits + 1, |b| b.is_ascii_digit());
        let matches = match &self.text[start..digits] {
            [] | [b'0'] => fraction > digits + 1,
            [first, ..] => *first != b'0',
        };
        if !matches {
            return None;
        }
        let mut exponent = fraction;
        if matches!(self.text.get(exponent), Some(b'e' | b'E')) {
            exponent += 1;
            if matches!(self.text.get(exponent), Some(b'+' | b'-')) {
                exponent += 1;
            }
            let end = self.run(exponent, |b| b.is_ascii_digit());
            if end > exponent {
                return Some(end);
            }
        }
        Some(fraction)
    }

    /// `~/…`
    fn home_path(&mut self) -> Token {
        if self.byte(1) != b'/' {
            return self.take(1, Token::Invalid);
        }
        if self.byte(2) == b'$' && self.byte(3) == b'{' {
            return self.path(self.position + 2, Token::HomePath);
        }
        self.position += 1;
        let end = self.path_end();
        self.position -= 1;
        match end {
            // The run of path characters before the slash must be empty.
            Some(end) => self.path(end, Token::HomePath),
            None => self.take(1, Token::Invalid),
        }
    }

    /// `<`, `<=`, `<|` or `<search/path>`
    fn less(&mut self) -> Token {
        let mut end = self.position;
        loop {
            let next = self.run(end + 1, is_path);
            if next == end + 1 {
                break;
            }
            match self.text.get(next) {
                Some(b'/') => end = next,
                Some(b'>') => return self.take(next + 1 - self.position, Token::SearchPath),
                _ => break,
            }
        }
        match self.byte(1) {
            b'=' => self.take(2, Token::LessOrEqual),
            b'|' => self.pipe(Token::PipeFrom),
            _ => self.take(1, Token::Less),
        }
    }

    /// `''`, together with the rest of the line if there are only spaces.
    fn open_indented(&mut self) -> Token {
        let spaces = self.run(self.position + 2, |b| b == b' ');
        let end =
            if self.text.get(spaces) == Some(&b'\n') { spaces + 1 } else { self.position + 2 };
        self.position = end;
        self.modes.push(Mode::Indented);
        Token::IndentedOpen
    }

    /// The part of a path behind its beginning.
    fn path_piece(&mut self, mode: Mode) -> Token {
        if self.rest().starts_with(b"${") {
            self.modes.pop();
            self.modes.extend([Mode::Path, Mode::Code]);
            return self.take(2, Token::DollarBrace);
        }
        let run = self.path_run(self.position);
        let slash = self.text.get(run) == Some(&b'/');
        let end = self.path_end().unwrap_or(if slash { run + 1 } else { run });
        if end > self.position {
            self.modes.pop();
            return self.path(end, Token::Text);
        }
        self.modes.pop();
        if mode == Mode::PathSlash {
            // At the end of the text Nix is still at the last piece.
            let at_end = self.position == self.text.len();
            let span = Span::at(if at_end { self.piece } else { self.position } as u32);
            self.error("path has a trailing slash".to_owned(), span);
        }
        Token::PathEnd
    }

    fn string(&mut self) -> Token {
        let start = self.position;
        let mut at = start;
        while let Some(&byte) = self.text.get(at) {
            match (byte, self.text.get(at + 1)) {
                (b'"', _) | (b'$', Some(b'{')) => break,
                (b'\\', Some(_)) => at += 2,
                (b'$', Some(b'\\')) if at + 2 < self.text.len() => at += 3,
                (b'$', Some(b'"')) => at += 1,
                // Nix takes an unfinished escape for the end of the file.
                (b'\\', None) | (b'$', None | Some(b'\\')) if at == start => {
                    self.position = self.text.len();
                    return Token::End;
                }
                (b'\\', None) | (b'$', None | Some(b'\\')) => break,
                (b'$', Some(_)) => at += 2,
                _ => at += 1,
            }
        }
        if at > start {
            self.position = self.character_boundary(at);
            self.refuse_null(start);
            return Token::Text;
        }
        match self.text.get(at) {
            Some(b'"') => {
                self.modes.pop();
                self.take(1, Token::Quote)
            }
            Some(_) => {
                self.modes.push(Mode::Code);
                self.take(2, Token::DollarBrace)
            }
            None => Token::End,
        }
    }

    fn indented(&mut self) -> Token {
        let start = self.position;
        let mut at = start;
        while let Some(&byte) = self.text.get(at) {
            match (byte, self.text.get(at + 1)) {
                (b'$', None | Some(b'{' | b'\'')) | (b'\'', None | Some(b'\'' | b'$')) => break,
                (b'$' | b'\'', _) => at += 2,
                _ => at += 1,
            }
        }
        if at > start {
            self.position = self.character_boundary(at);
            self.refuse_null(start);
            return Token::IndentedText;
        }
        match self.rest() {
            [] => Token::End,
            [b'$', b'{', ..] => {
                self.modes.push(Mode::Code);
                self.take(2, Token::DollarBrace)
            }
            [b'\'', b'\'', b'\\', _, ..] => {
                self.position = self.character_boundary(start + 4);
                self.refuse_null(start);
                Token::IndentedText
            }
            [b'\'', b'\'', b'$' | b'\'', ..] => self.take(3, Token::IndentedText),
            [b'\'', b'\'', ..] => {
                self.modes.pop();
                self.take(2, Token::IndentedClose)
            }
            _ => self.take(1, Token::IndentedText),
        }
    }

    /// Moves a place inside of a character behind it.
    fn character_boundary(&self, at: usize) -> usize {
        self.run(at.min(self.text.len()), |b| b & 0b1100_0000 == 0b1000_0000)
    }

    /// A Nix string cannot hold a null byte.
    fn refuse_null(&mut self, start: usize) {
        let token = &self.text[start..self.position];
        if !token.contains(&0) {
            return;
        }
        let shown = String::from_utf8_lossy(token).replace('\0', "␀");
        let at = start as u32;
        let message = format!(
            "input string '{shown}' cannot be represented as Nix string because it contains null bytes"
        );
        self.error(message, Span::new(at, at + 1));
    }
}

fn keyword(word: &[u8]) -> Token {
    match word {
        b"if" => Token::If,
        b"then" => Token::Then,
        b"else" => Token::Else,
        b"assert" => Token::Assert,
        b"with" => Token::With,
        b"let" => Token::Let,
        b"in" => Token::In,
        b"rec" => Token::Rec,
        b"inherit" => Token::Inherit,
        b"or" => Token::OrKeyword,
        _ => Token::Identifier,
    }
}
