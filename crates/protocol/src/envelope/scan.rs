use super::usual_dispatch::UsualDispatch;
use super::{EnvelopeError, EnvelopeErrorKind};
use crate::dispatch::DispatchKind;
use crate::json::scanner::{Literal, Scanner};
use crate::json::unescape::unescape;
use crate::opcode::OpCode;
use std::ops::Range;
use std::sync::Arc;

/// The fields of an envelope, as values and offsets into the payload's text.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    pub(super) op: OpCode,
    pub(super) sequence: Option<u64>,
    pub(super) kind: Option<DispatchKind>,
    name: Name,
    data: Data,
}

#[derive(Clone, Debug)]
enum Name {
    Absent,
    Plain(Range<usize>),
    /// The name contains an escape, unlike all documented names.
    Escaped(Arc<str>),
}

impl Name {
    fn within<'a>(&'a self, text: &'a str) -> Option<&'a str> {
        match self {
            Self::Absent => None,
            Self::Plain(span) => Some(&text[span.clone()]),
            Self::Escaped(name) => Some(name),
        }
    }
}

#[derive(Clone, Debug)]
enum Data {
    Absent,
    /// The scan stopped at the start of `d`.
    Open(usize),
    /// `d` came before another field, so its end is known.
    Closed(Range<usize>),
}

impl Envelope {
    /// Scans the outermost object until `op`, `s`, `t` and the start of `d` are known
    /// ([P32](crate::rules#p32)).
    pub(super) fn scan(text: &str) -> Result<Self, EnvelopeError> {
        use EnvelopeErrorKind::{Incomplete, MissingOp, Syntax};

        if text.ends_with('}')
            && let Some(envelope) = Self::scan_usual_dispatch(text)
        {
            return Ok(envelope);
        }

        let trimmed = text.trim_ascii_end();
        if !trimmed.ends_with('}') {
            return Err(EnvelopeError::new(Incomplete, trimmed.len()));
        }
        let mut scanner = Scanner::new(text);
        let mut fields = Fields::default();
        if !scanner.eat(b'{') {
            return Err(EnvelopeError::new(Syntax, scanner.position()));
        }
        if !scanner.eat(b'}') {
            loop {
                fields.scan_member(&mut scanner)?;
                if fields.are_complete() {
                    break;
                }
                if scanner.eat(b',') {
                    continue;
                }
                if scanner.eat(b'}') {
                    break;
                }
                return Err(EnvelopeError::new(Syntax, scanner.position()));
            }
        }
        if !fields.are_complete() && !scanner.at_end() {
            return Err(EnvelopeError::new(Incomplete, scanner.position()));
        }

        let missing_op = EnvelopeError::new(MissingOp, scanner.position());
        let name = fields.name.unwrap_or(Name::Absent);
        Ok(Self {
            op: fields.op.ok_or(missing_op)?,
            sequence: fields.sequence.flatten(),
            kind: name.within(text).and_then(DispatchKind::from_name),
            name,
            data: fields.data.unwrap_or(Data::Absent),
        })
    }

    /// Scans the [usual layout](UsualDispatch), in a fraction of the time. Returns `None` for others.
    #[inline]
    fn scan_usual_dispatch(text: &str) -> Option<Self> {
        let UsualDispatch {
            kind,
            sequence,
            data,
        } = UsualDispatch::scan(text)?;
        Some(Self {
            op: OpCode::Dispatch,
            sequence: Some(sequence),
            kind: Some(kind),
            name: Name::Plain(UsualDispatch::NAME..UsualDispatch::NAME + kind.name().len()),
            data: Data::Open(data),
        })
    }

    pub(super) fn name<'a>(&'a self, text: &'a str) -> Option<&'a str> {
        self.name.within(text)
    }

    /// Returns the exact text of `d`, or `null` if there is none. Scans `d` if its end is not known.
    pub(super) fn data<'a>(&self, text: &'a str) -> &'a str {
        match &self.data {
            Data::Absent => "null",
            Data::Closed(span) => &text[span.clone()],
            Data::Open(start) => {
                let rest = &text[*start..];
                let mut scanner = Scanner::new(rest);
                match scanner.skip_value() {
                    Some(()) => &rest[..scanner.position()],
                    // `d` is incomplete: the parser reports that.
                    None => rest,
                }
            }
        }
    }

    /// Returns the text from the start of `d` to the end of the payload, or `null` if there is no `d`.
    pub(super) fn data_start<'a>(&self, text: &'a str) -> &'a str {
        self.data_offset().map_or("null", |start| &text[start..])
    }

    /// Where `d` starts, if there is a `d`.
    pub(super) const fn data_offset(&self) -> Option<usize> {
        match &self.data {
            Data::Absent => None,
            Data::Closed(Range { start, .. }) | Data::Open(start) => Some(*start),
        }
    }
}

/// The fields that the scan has found. If a key appears twice, its first value is kept.
#[derive(Default)]
struct Fields {
    op: Option<OpCode>,
    sequence: Option<Option<u64>>,
    name: Option<Name>,
    data: Option<Data>,
}

impl Fields {
    const fn are_complete(&self) -> bool {
        self.op.is_some() && self.sequence.is_some() && self.name.is_some() && self.data.is_some()
    }

    const fn are_complete_except_data(&self) -> bool {
        self.op.is_some() && self.sequence.is_some() && self.name.is_some()
    }

    /// Scans one `"key": value`, with the cursor before the key.
    fn scan_member(&mut self, scanner: &mut Scanner<'_>) -> Result<(), EnvelopeError> {
        let syntax = |scanner: &Scanner<'_>| {
            EnvelopeError::new(EnvelopeErrorKind::Syntax, scanner.position())
        };

        let key = Key::scan(scanner).ok_or_else(|| syntax(scanner))?;
        if !scanner.eat(b':') {
            return Err(syntax(scanner));
        }
        scanner.skip_white_space();
        match key {
            Key::Op if self.op.is_none() => self.op = Some(scan_op(scanner)?),
            Key::Sequence if self.sequence.is_none() => {
                self.sequence = Some(scan_sequence(scanner)?)
            }
            Key::Name if self.name.is_none() => self.name = Some(scan_name(scanner)?),
            Key::Data if self.data.is_none() => {
                if !scanner.at_value() {
                    return Err(syntax(scanner));
                }
                let start = scanner.position();
                self.data = Some(if self.are_complete_except_data() {
                    Data::Open(start)
                } else {
                    scanner.skip_value().ok_or_else(|| syntax(scanner))?;
                    Data::Closed(start..scanner.position())
                });
            }
            _ => scanner.skip_value().ok_or_else(|| syntax(scanner))?,
        }
        Ok(())
    }
}

enum Key {
    Op,
    Sequence,
    Name,
    Data,
    Other,
}

impl Key {
    fn scan(scanner: &mut Scanner<'_>) -> Option<Self> {
        scanner.skip_white_space();
        // The spelling that the gateway uses.
        if scanner.literal(br#""t""#) {
            Some(Self::Name)
        } else if scanner.literal(br#""s""#) {
            Some(Self::Sequence)
        } else if scanner.literal(br#""op""#) {
            Some(Self::Op)
        } else if scanner.literal(br#""d""#) {
            Some(Self::Data)
        } else {
            scanner.string().map(|literal| Self::of(&literal))
        }
    }

    #[cold]
    fn of(literal: &Literal<'_>) -> Self {
        if literal.is("op") {
            Self::Op
        } else if literal.is("s") {
            Self::Sequence
        } else if literal.is("t") {
            Self::Name
        } else if literal.is("d") {
            Self::Data
        } else {
            Self::Other
        }
    }
}

fn scan_op(scanner: &mut Scanner<'_>) -> Result<OpCode, EnvelopeError> {
    let position = scanner.position();
    match scanner.whole_number() {
        Some(number) => Ok(OpCode::from_number(number)),
        None => Err(EnvelopeError::new(EnvelopeErrorKind::InvalidOp, position)),
    }
}

fn scan_sequence(scanner: &mut Scanner<'_>) -> Result<Option<u64>, EnvelopeError> {
    let position = scanner.position();
    if scanner.literal(b"null") {
        return Ok(None);
    }
    match scanner.whole_number() {
        Some(sequence) => Ok(Some(sequence)),
        None => Err(EnvelopeError::new(
            EnvelopeErrorKind::InvalidSequence,
            position,
        )),
    }
}

fn scan_name(scanner: &mut Scanner<'_>) -> Result<Name, EnvelopeError> {
    let invalid = EnvelopeError::new(EnvelopeErrorKind::InvalidName, scanner.position());
    if scanner.literal(b"null") {
        return Ok(Name::Absent);
    }
    let literal = scanner.string().ok_or(invalid)?;
    if literal.escaped {
        let name = unescape(literal.raw).ok_or(invalid)?;
        Ok(Name::Escaped(name.into()))
    } else {
        let end = literal.start + literal.raw.len();
        Ok(Name::Plain(literal.start..end))
    }
}

#[cfg(test)]
mod tests {
    use super::Envelope;

    #[test]
    fn only_the_usual_layout_takes_the_fast_path() {
        let usual = r#"{"t":"READY","s":1,"op":0,"d":{"v":10}}"#;
        let envelope = Envelope::scan_usual_dispatch(usual).unwrap();
        assert_eq!(envelope.name(usual), Some("READY"));
        assert_eq!(envelope.sequence, Some(1));
        assert_eq!(envelope.data(usual), r#"{"v":10}"#);
        for other in [
            r#"{"t":null,"s":null,"op":11,"d":null}"#,
            r#"{"t":"READY","s":1,"op":0,"d": {"v":10}}"#,
            r#"{"t":"READ\u0059","s":1,"op":0,"d":{"v":10}}"#,
            r#"{"t":"BRAND_NEW","s":1,"op":0,"d":{"v":10}}"#,
            r#"{"t":"READY","s":12345678,"op":0,"d":{"v":10}}"#,
            r#"{"t":"READY","s":1,"op":0,"d":[10]}"#,
            r#"{"op":0,"t":"READY","s":1,"d":{"v":10}}"#,
        ] {
            assert!(Envelope::scan_usual_dispatch(other).is_none(), "{other}");
            assert!(Envelope::scan(other).is_ok(), "{other}");
        }
    }

    #[test]
    fn the_scan_stops_at_the_start_of_data() {
        for cut in [
            r#"{"op":0,"s":1,"t":"READY","d":{"v":[1,2}"#,
            r#"{"op":0,"s":1,"t":"READY","d":"text}"#,
        ] {
            let envelope = Envelope::scan(cut).unwrap();
            let data = &cut[cut.find(r#""d":"#).unwrap() + 4..];
            assert_eq!(envelope.data(cut), data, "the rest of the text");
        }
    }
}
