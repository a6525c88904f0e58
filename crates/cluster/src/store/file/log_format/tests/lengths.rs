//! What is too long, and where a problem is said to be.

use super::{Entry, StoreErrorKind, append, checkpoint, header, log, read_own};
use crate::store::file::log_format::{
    FRAME_HEADER, FRAME_MAGIC, MAX_PAYLOAD, find_frame, frame_checksum, frame_length, write_frame,
    write_header, write_payloads,
};

/// The number of entries before them.
const COUNT: usize = 4;

/// The bytes of the entry of a shard.
fn length(shard: u32) -> usize {
    let saved = checkpoint(shard, 1);
    let payloads = write_payloads([Entry::Saved(&saved)], usize::MAX).unwrap();
    payloads[0].len() - COUNT
}

#[test]
fn checkpoint_that_fills_a_payload_is_not_too_large() {
    let saved = checkpoint(0, 1);
    let entries = || [Entry::Saved(&saved)];
    let max = length(0) + COUNT;
    let payloads = write_payloads(entries(), max).unwrap();
    assert_eq!(payloads.iter().map(Vec::len).collect::<Vec<_>>(), [max]);
    let error = write_payloads(entries(), max - 1).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::TooLarge);
    let (length, maximum) = (length(0), max - 1);
    assert_eq!(
        error.detail,
        format!("a checkpoint has {length} bytes, and {maximum} are the maximum")
    );
}

#[test]
fn second_checkpoint_is_as_large_as_the_first_may_be() {
    let [small, large] = [checkpoint(0, 1), checkpoint(1, 1).with_state(vec![7; 100])];
    let payloads = write_payloads([Entry::Saved(&large)], usize::MAX).unwrap();
    let max = payloads[0].len();
    let both = || [&small, &large].map(Entry::Saved);
    let payloads = write_payloads(both(), max).unwrap();
    assert_eq!(payloads.len(), 2, "each in a payload of its own");
    let error = write_payloads(both(), max - 1).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::TooLarge);
}

#[test]
fn as_many_checkpoints_as_fit_are_one_payload() {
    let batch = [0, 1, 2].map(|shard| checkpoint(shard, 1));
    let max = COUNT + length(0) + length(1);
    for (max, lengths) in [
        (max, vec![max, COUNT + length(2)]),
        (max - 1, [0, 1, 2].map(|shard| COUNT + length(shard)).into()),
        (max + length(2), vec![max + length(2)]),
    ] {
        let payloads = write_payloads(batch.iter().map(Entry::Saved), max).unwrap();
        assert_eq!(payloads.iter().map(Vec::len).collect::<Vec<_>>(), lengths);
    }
}

#[test]
fn frame_has_a_header_and_its_payload() {
    let mut frame = Vec::new();
    for payload in [&b""[..], b"payload"] {
        frame.clear();
        write_frame(&mut frame, header(), 0, payload);
        assert_eq!(frame.len(), frame_length(payload.len()));
        assert_eq!(frame_length(payload.len()), FRAME_HEADER + payload.len());
    }
}

#[test]
fn frame_that_is_longer_than_the_maximum_is_none() {
    for (length, is_frame) in [(MAX_PAYLOAD, true), (MAX_PAYLOAD + 1, false)] {
        let mut bytes = FRAME_MAGIC.to_vec();
        bytes.extend(0_u64.to_le_bytes());
        bytes.extend(u32::try_from(length).unwrap().to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(frame_checksum(header(), &bytes).to_le_bytes());
        assert_eq!(find_frame(&bytes, header()).is_some(), is_frame, "{length}");
    }
}

/// A person who repairs the file finds the place.
#[test]
fn damage_is_told_with_its_place() {
    let (mut file, states) = log();
    let (first, second) = (states[0].0, states[1].0);
    file[first] = 0;
    assert_eq!(
        read_own(&file).unwrap_err().detail,
        format!("bytes {first} to {second} are no frame, and one follows")
    );

    let mut file = write_header(header());
    let saved = checkpoint(0, 1);
    append(&mut file, 0, &[Entry::Saved(&saved)]);
    append(&mut file, 2, &[Entry::Saved(&saved)]);
    let problem = "frame 2 is where frame 1 is to be";
    assert_eq!(read_own(&file).unwrap_err().detail, problem);
}
