//! Lines and columns of a text, in the units that an editor counts in.

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, as editors do unless they say something else.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

/// A line and a column, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Where the lines of a text begin. A line ends with `\n`, `\r\n` or `\r`.
#[derive(Debug, Clone)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Looks for the lines of a text.
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, &byte)| {
            byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n')
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// Where an offset is. What is inside of a character counts as its
    /// begin, what is beyond the text as its end.
    pub fn position(&self, offset: usize, encoding: Encoding) -> LineColumn {
        let offset = floor(self.text, offset);
        let line = self.starts.partition_point(|&start| start <= offset) - 1;
        let before = self.text.get(self.starts[line]..offset).unwrap_or_default();
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 => before.chars().map(char::len_utf16).sum(),
            Encoding::Utf32 => before.chars().count(),
        };
        LineColumn { line: line as u32, column: column as u32 }
    }

    /// The offset of a place. A column beyond the line is its end, a line
    /// beyond the text is the end of that, as the protocol has it.
    pub fn offset(&self, at: LineColumn, encoding: Encoding) -> usize {
        let Some(&start) = self.starts.get(at.line as usize) else { return self.text.len() };
        let end = self.starts.get(at.line as usize + 1).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r']);
        let column = at.column as usize;
        if encoding == Encoding::Utf8 {
            return start + floor(line, column);
        }
        let mut units = 0;
        for (offset, char) in line.char_indices() {
            units += if encoding == Encoding::Utf16 { char.len_utf16() } else { 1 };
            if units > column {
                return start + offset;
            }
        }
        start + line.len()
    }
}

/// The begin of the character that an offset is in.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_what_was_agreed() {
        let lines = Lines::new("a\n\u{e9}\u{1f600}x\r\ny");
        let x = "a\n\u{e9}\u{1f600}".len();
        for (encoding, column) in [(Encoding::Utf8, 6), (Encoding::Utf16, 3), (Encoding::Utf32, 2)]
        {
            let at = LineColumn { line: 1, column };
            assert_eq!(lines.position(x, encoding), at);
            assert_eq!(lines.offset(at, encoding), x);
        }
    }

    #[test]
    fn what_is_beyond_is_the_end() {
        let text = "ab\r\ncd";
        let lines = Lines::new(text);
        let offset = |line, column| lines.offset(LineColumn { line, column }, Encoding::Utf16);
        assert_eq!(offset(0, 99), 2);
        assert_eq!(offset(1, 99), text.len());
        assert_eq!(offset(9, 0), text.len());
        assert_eq!(lines.position(99, Encoding::Utf16), LineColumn { line: 1, column: 2 });
    }

    #[test]
    fn inside_of_a_character_is_its_begin() {
        let lines = Lines::new("\u{1f600}");
        assert_eq!(lines.position(2, Encoding::Utf8), LineColumn::default());
        let inside = LineColumn { line: 0, column: 1 };
        assert_eq!(lines.offset(inside, Encoding::Utf16), 0);
    }

    #[test]
    fn a_lone_carriage_return_ends_a_line() {
        let lines = Lines::new("a\rb\r\nc");
        assert_eq!(lines.position(5, Encoding::Utf8), LineColumn { line: 2, column: 0 });
    }
}
