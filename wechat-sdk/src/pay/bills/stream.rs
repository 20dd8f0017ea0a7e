//! A bill while it comes in: unpacked, digested and cut into lines, a few kilobytes at a time.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::marker::PhantomData;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;

use super::columns::Columns;
use super::rows::BillRow;
use crate::error::{BadAnswer, DecodeError, Error, Outcome};
use crate::text::lower_hex;
use crate::transport::AnswerBody;
use crate::untrusted::VerifyError;

/// What is unpacked at once: a thousandfold of it fits into memory.
const BITE: usize = 512;
/// Lines of bills have a few hundred bytes.
const MAX_LINE: usize = 64 * 1024;
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// A bill that is being read. Its rows are not to be believed before the end: only there the digest is compared.
pub struct Bill<R> {
    operation: &'static str,
    body: Option<Box<dyn AnswerBody>>,
    /// What came and is not unpacked yet.
    piece: Bytes,
    /// After a fault nothing more is to be believed.
    broken: bool,
    wanted: String,
    file: Unpacker,
    lines: Lines,
    summary: Option<Columns>,
    kind: PhantomData<fn() -> R>,
}

impl<R: BillRow> Bill<R> {
    pub(super) fn new(operation: &'static str, body: Box<dyn AnswerBody>, wanted: &str) -> Self {
        Self {
            operation,
            body: Some(body),
            piece: Bytes::new(),
            broken: false,
            wanted: wanted.to_ascii_lowercase(),
            file: Unpacker::default(),
            lines: Lines::default(),
            summary: None,
            kind: PhantomData,
        }
    }

    /// The next row. `None` comes after the last one if the file is the one that was announced.
    ///
    /// # Errors
    /// [`Error::Untrusted`] with [`VerifyError::Digest`] if it is not; [`Error::Decode`] names the column that cannot
    /// be read.
    pub async fn next(&mut self) -> Result<Option<R>, Error> {
        if self.broken {
            return Err(VerifyError::Digest.into());
        }
        let row = self.row().await;
        // A row that cannot be read does not stop the others; anything else does.
        self.broken = matches!(&row, Err(error) if !matches!(error, Error::Decode(_)));
        row
    }

    async fn row(&mut self) -> Result<Option<R>, Error> {
        loop {
            if let Some(line) = self.lines.ready.pop_front() {
                if let Some(row) = self.read(&line)? {
                    return Ok(Some(row));
                }
            } else if !self.more().await? {
                return Ok(None);
            }
        }
    }

    /// The digest that was announced: SHA-1 in lower-case hex. It names the version of the file.
    pub fn digest(&self) -> &str {
        &self.wanted
    }

    /// The sums at the end of the bill, once the rows are through.
    pub fn summary(&self) -> Option<&Columns> {
        self.summary.as_ref()
    }

    /// Takes in the next bite; `false` at the end.
    async fn more(&mut self) -> Result<bool, Error> {
        if self.piece.is_empty() {
            let Some(body) = &mut self.body else { return Ok(false) };
            let Some(piece) = body.next().await? else {
                self.body = None;
                let rest = self.file.finish(&self.wanted)?;
                self.lines.take(&rest).map_err(|long| self.odd(long))?;
                self.lines.end();
                return Ok(true);
            };
            self.piece = piece;
        }
        let bite = self.piece.split_to(BITE.min(self.piece.len()));
        let text = self.file.take(&bite).map_err(|()| VerifyError::Digest)?;
        if self.lines.take(&text).is_err() {
            // Such a file is no bill.
            return Err(VerifyError::Malformed.into());
        }
        Ok(true)
    }

    fn read(&mut self, line: &[u8]) -> Result<Option<R>, Error> {
        let text = std::str::from_utf8(line).map_err(|_| self.odd("not UTF-8"))?;
        match self.lines.sort(text) {
            Line::Row(names) => {
                let columns = Columns::split(&names, text)
                    .ok_or_else(|| self.odd("a line has too many or too few fields"))?;
                R::read(columns).map(Some).map_err(|column| self.odd_column(column))
            }
            Line::Summary(names) => {
                self.summary = Columns::split(&names, text);
                Ok(None)
            }
            Line::Heading => Ok(None),
        }
    }

    fn odd(&self, reason: &'static str) -> Error {
        DecodeError::new(self.operation, BadAnswer::because(reason), Outcome::Done).into()
    }

    fn odd_column(&self, column: &'static str) -> Error {
        let bad = BadAnswer::at(column, "a field of the bill cannot be read");
        DecodeError::new(self.operation, bad, Outcome::Done).into()
    }
}

impl<R> fmt::Debug for Bill<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bill").field("summary", &self.summary).finish_non_exhaustive()
    }
}

/// Unpacks and digests. The digest is one of the plain file; the page is silent, so that one of the packed file is
/// taken too.
struct Unpacker {
    packed: Option<MultiGzDecoder<Vec<u8>>>,
    head: Vec<u8>,
    plain_digest: Context,
    packed_digest: Context,
}

impl Default for Unpacker {
    fn default() -> Self {
        let digest = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
        Self { packed: None, head: vec![], plain_digest: digest.clone(), packed_digest: digest }
    }
}

impl Unpacker {
    /// The first two bytes tell whether the file is packed.
    fn take(&mut self, bite: &[u8]) -> Result<Vec<u8>, ()> {
        self.packed_digest.update(bite);
        if self.head.len() < GZIP.len() {
            self.head.extend_from_slice(bite);
            if self.head.len() < GZIP.len() {
                return Ok(vec![]);
            }
            if self.head.starts_with(&GZIP) {
                self.packed = Some(MultiGzDecoder::new(vec![]));
            }
            let head = self.head.clone();
            return self.unpack(&head);
        }
        self.unpack(bite)
    }

    fn unpack(&mut self, bite: &[u8]) -> Result<Vec<u8>, ()> {
        let plain = match &mut self.packed {
            None => bite.to_vec(),
            Some(decoder) => {
                decoder.write_all(bite).map_err(|_| ())?;
                std::mem::take(decoder.get_mut())
            }
        };
        self.plain_digest.update(&plain);
        Ok(plain)
    }

    /// What was still inside, if the digest is right.
    fn finish(&mut self, wanted: &str) -> Result<Vec<u8>, VerifyError> {
        let rest = match self.packed.take() {
            Some(decoder) => decoder.finish().map_err(|_| VerifyError::Digest)?,
            // A file of one byte.
            None if self.head.len() < GZIP.len() => std::mem::take(&mut self.head),
            None => vec![],
        };
        self.plain_digest.update(&rest);
        let digests = [&self.plain_digest, &self.packed_digest].map(|digest| digest.clone().finish());
        if digests.iter().any(|digest| lower_hex(digest.as_ref()) == wanted) {
            return Ok(rest);
        }
        Err(VerifyError::Digest)
    }
}

/// Cuts text into lines and knows where in the bill they are.
#[derive(Default)]
struct Lines {
    ready: VecDeque<Vec<u8>>,
    begun: Vec<u8>,
    names: Option<Arc<[String]>>,
    sums: Option<Arc<[String]>>,
}

enum Line {
    Heading,
    Row(Arc<[String]>),
    Summary(Arc<[String]>),
}

impl Lines {
    fn take(&mut self, text: &[u8]) -> Result<(), &'static str> {
        let mut parts = text.split(|byte| *byte == b'\n');
        self.begun.extend_from_slice(parts.next().unwrap_or_default());
        for part in parts {
            self.end();
            self.begun.extend_from_slice(part);
        }
        if self.begun.len() > MAX_LINE { Err("a line is too long") } else { Ok(()) }
    }

    fn end(&mut self) {
        let mut line = std::mem::take(&mut self.begun);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if !line.is_empty() {
            self.ready.push_back(line);
        }
    }

    /// Rows begin with a backtick, headings do not; the second heading is that of the sums.
    fn sort(&mut self, line: &str) -> Line {
        match (&self.names, &self.sums) {
            (Some(_), Some(sums)) => Line::Summary(sums.clone()),
            (Some(names), None) if line.starts_with('`') => Line::Row(names.clone()),
            (Some(_), None) => {
                self.sums = Some(Columns::names(line));
                Line::Heading
            }
            (None, _) => {
                self.names = Some(Columns::names(line.trim_start_matches('\u{feff}')));
                Line::Heading
            }
        }
    }
}
