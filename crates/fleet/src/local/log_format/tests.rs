use super::*;
use gloaming_coordinator::{Fence, NodeId, NodeLease};

const LOG: u64 = 0x5eed;

fn frame(number: u64) -> Frame {
    let boot = BootTime {
        id: BootId::new(7 << 100),
        uptime: number,
    };
    let reading = ClockReading {
        wall: Timestamp::from_millis(number),
        boot: number.is_multiple_of(2).then_some(boot),
    };
    Frame {
        stamp: Stamp {
            at: Duration::from_millis(number),
            reading,
        },
        operation: Operation::Leave(NodeLease {
            node: NodeId::new("bot-0").unwrap(),
            fence: Fence::new(number),
        }),
    }
}

/// Writes frames that name this durable length.
fn log(durable: impl Fn(u64) -> u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for number in 0..4 {
        let Frame { stamp, operation } = frame(number);
        write_frame(&mut bytes, LOG, number, durable(number), stamp, &operation);
    }
    bytes
}

fn read(bytes: &[u8]) -> Result<Part, CoordinatorError> {
    read_frames(bytes, LOG, 0, 0)
}

#[test]
fn frames_are_read_as_they_were_written() {
    let bytes = log(|number| number);
    let part = read(&bytes).unwrap();
    assert_eq!(part.frames, (0..4).map(frame).collect::<Vec<_>>());
    assert_eq!((part.length, part.durable), (bytes.len(), 3));
}

#[test]
fn frame_that_is_not_whole_at_the_end_is_left_out() {
    let bytes = log(|_| 0);
    for length in 0..bytes.len() {
        let part = read(&bytes[..length]).unwrap();
        assert!(part.length <= length);
        let whole = read(&bytes[..part.length]).unwrap();
        assert_eq!(whole.frames, part.frames);
    }
}

#[test]
fn what_a_power_failure_leaves_ends_the_log() {
    let one = log(|_| 0).len() / 4;
    // The second frame was not written, although the later ones were.
    let mut bytes = log(|_| 0);
    let first = RawFrame::read(&bytes, LOG).unwrap().payload.len() + FRAME_HEADER;
    bytes[first..first + one / 2].fill(0);
    assert_eq!(read(&bytes).unwrap().frames, [frame(0)]);
}

#[test]
fn damage_to_what_was_durable_is_an_error_at_any_byte() {
    let length = log(|_| 0).len() as u64;
    let whole = log(|number| if number == 3 { length } else { 0 });
    let last = {
        let part = read(&whole).unwrap();
        let mut without_last = Vec::new();
        for number in 0..3 {
            let Frame { stamp, operation } = frame(number);
            write_frame(&mut without_last, LOG, number, 0, stamp, &operation);
        }
        assert_eq!(part.length, whole.len());
        without_last.len()
    };
    for at in 0..last {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let error = read(&bytes).unwrap_err();
        assert_eq!(error.kind(), CoordinatorErrorKind::Damaged, "byte {at}");
    }
}

#[test]
fn frames_of_another_log_or_in_another_order_do_not_count() {
    let bytes = log(|_| 0);
    assert!(
        read_frames(&bytes, LOG + 1, 0, 0)
            .unwrap()
            .frames
            .is_empty()
    );
    let error = read_frames(&bytes, LOG, 0, 1).unwrap_err();
    assert_eq!(error.kind(), CoordinatorErrorKind::Damaged);
}

#[test]
fn header_says_which_log_it_continues() {
    let header = LogHeader {
        id: 3,
        previous: LogPosition { id: 2, length: 99 },
    };
    let bytes = write_header(header);
    assert_eq!(bytes.len(), HEADER);
    assert_eq!(read_header(&bytes).unwrap(), header);
    for at in 0..HEADER {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        assert!(read_header(&damaged).is_err(), "byte {at}");
        assert!(read_header(&bytes[..at]).is_err(), "{at} bytes");
    }
}
