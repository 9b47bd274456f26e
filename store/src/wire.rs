//! How the worker protocol writes numbers, strings and lists.

use std::io::{self, Read, Write};

use crate::error::StoreError;

/// More than any message needs: a longer one is a broken stream.
const MAX_STRING: u64 = 1 << 30;

pub(crate) type Result<T> = std::result::Result<T, StoreError>;

/// The writing half.
pub(crate) struct Writer<W: Write>(pub(crate) W);

impl<W: Write> Writer<W> {
    pub(crate) fn number(&mut self, number: u64) -> Result<()> {
        self.0.write_all(&number.to_le_bytes()).map_err(StoreError::Connection)
    }

    /// A length and the bytes, filled up to a multiple of eight.
    pub(crate) fn string(&mut self, text: impl AsRef<[u8]>) -> Result<()> {
        let text = text.as_ref();
        self.number(text.len() as u64)?;
        self.0.write_all(text).map_err(StoreError::Connection)?;
        self.0.write_all(padding(text.len())).map_err(StoreError::Connection)
    }

    pub(crate) fn strings<T: AsRef<str>>(&mut self, texts: &[T]) -> Result<()> {
        self.number(texts.len() as u64)?;
        texts.iter().try_for_each(|text| self.string(text.as_ref()))
    }

    pub(crate) fn flush(&mut self) -> Result<()> {
        self.0.flush().map_err(StoreError::Connection)
    }
}

/// What fills `length` bytes up to a multiple of eight.
pub(crate) fn padding(length: usize) -> &'static [u8] {
    &[0; 8][..(8 - length % 8) % 8]
}

/// The reading half.
pub(crate) struct Reader<R: Read>(pub(crate) R);

impl<R: Read> Reader<R> {
    pub(crate) fn number(&mut self) -> Result<u64> {
        let mut bytes = [0; 8];
        self.0.read_exact(&mut bytes).map_err(StoreError::Connection)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn string(&mut self) -> Result<String> {
        let length = self.number()?;
        if length > MAX_STRING {
            return Err(StoreError::Protocol(format!("a string of {length} bytes")));
        }
        let mut bytes = Vec::new();
        let padded = length + padding(length as usize).len() as u64;
        let got = (&mut self.0).take(padded).read_to_end(&mut bytes);
        if got.map_err(StoreError::Connection)? as u64 != padded {
            return Err(StoreError::Connection(io::ErrorKind::UnexpectedEof.into()));
        }
        bytes.truncate(length as usize);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(crate) fn strings(&mut self) -> Result<Vec<String>> {
        let count = self.number()?;
        (0..count).map(|_| self.string()).collect()
    }
}

/// Bytes of unknown length: cut into frames, each behind its length.
pub(crate) struct Framed<'w, W: Write> {
    out: &'w mut W,
    frame: Vec<u8>,
}

/// Bytes of a frame, about.
const FRAME: usize = 32 * 1024;

impl<'w, W: Write> Framed<'w, W> {
    pub(crate) fn new(out: &'w mut W) -> Self {
        Self { out, frame: Vec::with_capacity(FRAME) }
    }

    fn send(&mut self) -> io::Result<()> {
        if !self.frame.is_empty() {
            self.out.write_all(&(self.frame.len() as u64).to_le_bytes())?;
            self.out.write_all(&self.frame)?;
            self.frame.clear();
        }
        Ok(())
    }

    /// Sends the rest and the end mark.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.send()?;
        self.out.write_all(&0_u64.to_le_bytes())?;
        self.out.flush()
    }
}

impl<W: Write> Write for Framed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        if self.frame.len() >= FRAME {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer(Vec::new());
        writer.strings(&["", "12345678", "ä"]).unwrap();
        assert_eq!(writer.0.len(), 8 + 8 + 16 + 16);
        let mut reader = Reader(&writer.0[..]);
        assert_eq!(reader.strings().unwrap(), ["", "12345678", "ä"]);
        assert!(matches!(reader.number(), Err(StoreError::Connection(_))));
    }

    #[test]
    fn a_stream_that_ends_early_or_makes_no_sense_is_an_error() {
        let mut bytes = 5_u64.to_le_bytes().to_vec();
        bytes.extend(b"12345");
        assert!(matches!(Reader(&bytes[..]).string(), Err(StoreError::Connection(_))));
        let bytes = u64::MAX.to_le_bytes();
        assert!(matches!(Reader(&bytes[..]).string(), Err(StoreError::Protocol(_))));
    }

    #[test]
    fn frames_end_with_an_empty_one() {
        let mut out = Vec::new();
        let mut framed = Framed::new(&mut out);
        framed.write_all(b"ab").unwrap();
        framed.write_all(b"c").unwrap();
        framed.finish().unwrap();
        assert_eq!(out, b"\x03\0\0\0\0\0\0\0abc\0\0\0\0\0\0\0\0");
    }
}
