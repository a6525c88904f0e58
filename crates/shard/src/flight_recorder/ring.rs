//! A bounded ring of frames. Without IO or a clock.

use super::record::{FlightRecord, FrameDirection, RecordedFrame};
use crate::machine::{DisconnectCause, SendKind};
use gloaming_protocol::{DispatchKind, Excerpt, OpCode};
use std::{num::NonZeroU64, time::Instant};

/// The number of frames for which memory is allocated at first.
const FIRST_FRAMES: usize = 8;

/// The most bytes that are kept of the text of one frame. With 64 frames, all texts have 16 KiB at most.
const MAX_TEXT: usize = 256;

/// The last frames of a shard.
///
/// Memory is allocated while the ring fills for the first time, and for a text, but for no event.
#[derive(Debug)]
pub(super) struct FlightRecorder {
    frames: Vec<Frame>,
    capacity: usize,
    /// The place of the next frame.
    next: usize,
    /// The number of frames that were ever recorded.
    recorded: u64,
    /// How many of them were logged.
    logged: u64,
}

/// A frame in the ring. It is small: each shard has a ring.
#[derive(Debug)]
pub(super) struct Frame {
    at: Instant,
    sequence: Sequence,
    name: Name,
    text: Option<Box<Text>>,
    bytes: u32,
    direction: FrameDirection,
}

/// A sequence, if there is one, in the memory of a number. The largest number counts as none.
#[derive(Clone, Copy, Debug)]
struct Sequence(Option<NonZeroU64>);

/// The text of a frame. Few frames have one.
#[derive(Debug)]
struct Text(Box<str>);

/// What a frame is, without its data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Name {
    /// An event with a documented name.
    Event(DispatchKind),
    /// Any other payload.
    Payload(OpCode),
    Sent(SendKind),
    Close(Option<u16>),
    Unreadable,
    Connection,
    End(DisconnectCause),
}

impl FlightRecorder {
    pub(super) const fn new(capacity: usize) -> Self {
        Self {
            frames: Vec::new(),
            capacity,
            next: 0,
            recorded: 0,
            logged: 0,
        }
    }

    /// Records a frame in the place of the oldest, and returns it to set what else there is.
    pub(super) fn push(
        &mut self,
        at: Instant,
        direction: FrameDirection,
        name: Name,
    ) -> &mut Frame {
        let place = self.next;
        self.next = if place + 1 < self.capacity {
            place + 1
        } else {
            0
        };
        self.recorded += 1;
        if place == self.frames.len() {
            self.grow();
            self.frames.push(Frame {
                at,
                sequence: Sequence::NONE,
                name,
                text: None,
                bytes: 0,
                direction,
            });
            return &mut self.frames[place];
        }
        // In place, as each event is recorded.
        let frame = &mut self.frames[place];
        frame.at = at;
        frame.sequence = Sequence::NONE;
        frame.name = name;
        frame.text = None;
        frame.bytes = 0;
        frame.direction = direction;
        frame
    }

    /// Makes room for a frame. A shard that receives little needs less than the whole ring for long.
    fn grow(&mut self) {
        let frames = self.frames.len();
        if frames == self.frames.capacity() {
            let doubled = (2 * frames).max(FIRST_FRAMES).min(self.capacity);
            self.frames.reserve_exact(doubled - frames);
        }
    }

    /// Returns all frames in the ring.
    pub(super) fn record(&self, now: Instant) -> FlightRecord {
        self.since(now, 0)
    }

    /// Returns the frames that no call returned before.
    pub(super) fn take_unlogged(&mut self, now: Instant) -> FlightRecord {
        let record = self.since(now, self.logged);
        self.logged = self.recorded;
        record
    }

    fn since(&self, now: Instant, first: u64) -> FlightRecord {
        let oldest = self.recorded - self.frames.len() as u64;
        let frames = (first.max(oldest)..self.recorded)
            .filter_map(|number| self.frames.get(self.place(number)))
            .map(|frame| frame.recorded(now));
        FlightRecord::new(frames.collect(), oldest)
    }

    fn place(&self, number: u64) -> usize {
        // It is less than the capacity.
        usize::try_from(number % self.capacity as u64).unwrap_or_default()
    }
}

impl Frame {
    pub(super) fn set_payload(&mut self, bytes: usize, sequence: Option<u64>) {
        self.bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.sequence = Sequence::of(sequence);
    }

    /// Keeps the beginning of a text, unless it contains the token.
    pub(super) fn set_text(&mut self, text: &str, token: &str) {
        if !token.is_empty() && text.contains(token) {
            return self.keep_text("(it contains the token)");
        }
        let longest = text.len().min(MAX_TEXT);
        // The beginning of a text is always a boundary.
        let end = (0..=longest).rev().find(|end| text.is_char_boundary(*end));
        self.keep_text(&text[..end.unwrap_or_default()]);
    }

    fn keep_text(&mut self, text: &str) {
        self.text = Some(Box::new(Text(text.into())));
    }

    fn recorded(&self, now: Instant) -> RecordedFrame {
        let (name, op) = match self.name {
            Name::Event(kind) => (kind.name().into(), Some(OpCode::Dispatch.number())),
            Name::Payload(op) => (format!("{op:?}"), Some(op.number())),
            Name::Sent(kind) => (kind.to_string(), op_sent(kind)),
            Name::Close(Some(code)) => (format!("close {code}"), None),
            Name::Close(None) => ("close".into(), None),
            Name::Unreadable => ("unreadable".into(), None),
            Name::Connection => ("connection".into(), None),
            Name::End(cause) => (cause.name().into(), None),
        };
        let text = self.text.as_ref().map_or("", |text| &text.0);
        RecordedFrame {
            ago: now.saturating_duration_since(self.at),
            direction: self.direction,
            name: name.into(),
            op,
            sequence: self.sequence.get(),
            bytes: self.bytes,
            text: Excerpt::up_to(text, MAX_TEXT).to_string().into(),
        }
    }
}

impl Sequence {
    const NONE: Self = Self(None);

    #[inline]
    const fn of(sequence: Option<u64>) -> Self {
        match sequence {
            Some(sequence) => Self(NonZeroU64::new(sequence.wrapping_add(1))),
            None => Self::NONE,
        }
    }

    fn get(self) -> Option<u64> {
        self.0.map(|number| number.get() - 1)
    }
}

const fn op_sent(kind: SendKind) -> Option<u64> {
    match kind {
        SendKind::Heartbeat => Some(OpCode::Heartbeat.number()),
        SendKind::Identify => Some(OpCode::Identify.number()),
        SendKind::Resume => Some(OpCode::Resume.number()),
        // Of several opcodes.
        SendKind::Command => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{FlightRecorder, Frame, MAX_TEXT, Name};
    use crate::{
        driver::clock::now,
        flight_recorder::FrameDirection::{Received, Sent},
        machine::SendKind,
    };
    use gloaming_protocol::{DispatchKind, OpCode};
    use std::time::{Duration, Instant};

    const TYPING: Name = Name::Event(DispatchKind::TypingStart);

    fn event(recorder: &mut FlightRecorder, at: Instant, sequence: u64) {
        let frame = recorder.push(at, Received, TYPING);
        frame.set_payload(100, Some(sequence));
    }

    fn sequences(recorder: &FlightRecorder) -> Vec<Option<u64>> {
        let record = recorder.record(now());
        record
            .frames()
            .iter()
            .map(|frame| frame.sequence())
            .collect()
    }

    #[test]
    fn last_frames_are_kept_in_order() {
        let mut recorder = FlightRecorder::new(3);
        assert!(sequences(&recorder).is_empty());
        for sequence in 1..=2 {
            event(&mut recorder, now(), sequence);
        }
        assert_eq!(sequences(&recorder), [Some(1), Some(2)]);
        for sequence in 3..=7 {
            event(&mut recorder, now(), sequence);
        }
        assert_eq!(sequences(&recorder), [Some(5), Some(6), Some(7)]);
        assert_eq!(recorder.record(now()).dropped(), 4);
    }

    #[test]
    fn ring_is_small_and_grows_while_it_fills() {
        assert!(size_of::<Frame>() <= 56, "{}", size_of::<Frame>());
        let mut recorder = FlightRecorder::new(20);
        let mut sizes = Vec::new();
        for sequence in 0..50 {
            event(&mut recorder, now(), sequence);
            sizes.push(recorder.frames.capacity());
        }
        sizes.dedup();
        assert_eq!(sizes, [8, 16, 20]);
        let expected: Vec<_> = (30..50).map(Some).collect();
        assert_eq!(sequences(&recorder), expected);
    }

    #[test]
    fn each_frame_is_logged_once() {
        let mut recorder = FlightRecorder::new(3);
        let at = now();
        event(&mut recorder, at, 1);
        assert_eq!(recorder.take_unlogged(at).frames().len(), 1);
        assert_eq!(recorder.take_unlogged(at).frames().len(), 0);
        event(&mut recorder, at, 2);
        assert_eq!(recorder.take_unlogged(at).frames()[0].sequence(), Some(2));
        for sequence in 3..=9 {
            event(&mut recorder, at, sequence);
        }
        assert_eq!(recorder.take_unlogged(at).frames().len(), 3);
    }

    #[test]
    fn frame_is_described_with_its_age() {
        let mut recorder = FlightRecorder::new(3);
        let start = now();
        let hello = Name::Payload(OpCode::Hello);
        let frame = recorder.push(start, Received, hello);
        frame.set_payload(40, None);
        frame.set_text("{\"heartbeat_interval\":41250}", "t0ken");
        let frame = recorder.push(
            start + Duration::from_secs(1),
            Sent,
            Name::Sent(SendKind::Identify),
        );
        frame.set_payload(300, None);
        event(&mut recorder, start + Duration::from_secs(2), 7);
        let record = recorder.record(start + Duration::from_millis(2_500));
        assert_eq!(
            record.to_string(),
            "-2.500 s received Hello 40 B {\"heartbeat_interval\":41250} | -1.500 s sent identify 300 B | \
             -0.500 s received TYPING_START s=7 100 B"
        );
        let json = serde_json::to_value(&record).unwrap();
        assert_eq!(json["frames"][1]["op"], 2);
        assert_eq!(json["frames"][2]["sequence"], 7);
        assert_eq!(json["frames"][2]["ago_ms"], 500);
    }

    #[test]
    fn place_of_a_text_does_not_keep_it() {
        let mut recorder = FlightRecorder::new(1);
        let frame = recorder.push(now(), Received, Name::Close(Some(4000)));
        frame.set_text("reason", "");
        event(&mut recorder, now(), 1);
        assert_eq!(recorder.record(now()).frames()[0].text(), "");
    }

    #[test]
    fn texts_are_short_on_one_line_and_without_the_token() {
        let mut recorder = FlightRecorder::new(2);
        let close = Name::Close(Some(4000));
        let long = "é\n".repeat(1_000);
        recorder
            .push(now(), Received, close)
            .set_text(&long, "t0ken");
        recorder
            .push(now(), Received, close)
            .set_text("bad t0ken", "t0ken");
        let record = recorder.record(now());
        let [long, with_token] = record.frames() else {
            panic!("{record}");
        };
        assert!(long.text().len() <= 2 * MAX_TEXT, "{}", long.text());
        assert!(!long.text().contains('\n'));
        assert_eq!(with_token.text(), "(it contains the token)");
    }

    #[test]
    fn events_do_not_allocate() {
        let mut recorder = FlightRecorder::new(8);
        let at = now();
        let events = |recorder: &mut FlightRecorder| {
            (0..100).for_each(|sequence| event(recorder, at, sequence));
        };
        events(&mut recorder);
        let info = allocation_counter::measure(|| events(&mut recorder));
        assert_eq!(info.count_total, 0);
    }
}
