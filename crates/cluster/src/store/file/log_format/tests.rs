//! What becomes of a log that is cut off or changed.

mod formats;
mod lengths;

use super::{
    Checkpoint, Content, Entry, FileHeader, FormatError, Live, StoreErrorKind, StoreOwner, key,
    read, write_frame, write_header, write_payloads,
};
use gloaming_protocol::{ShardId, Token};
use gloaming_shard::Session;

fn header() -> FileHeader {
    FileHeader {
        id: 7,
        owner: StoreOwner::of(&Token::new("MTI.secret.secret")),
    }
}

fn checkpoint(shard: u32, sequence: u64) -> Checkpoint {
    let id = ShardId::new(shard, 3);
    let session = Session::new(sequence, format!("session-{shard}"))
        .with_resume_url("wss://gateway-us-east1-b.discord.gg".to_owned())
        .with_shard(id);
    Checkpoint::new(id, session)
}

fn append(file: &mut Vec<u8>, number: u64, entries: &[Entry<'_>]) {
    for payload in write_payloads(entries.iter().copied(), 1 << 20).unwrap() {
        write_frame(file, header(), number, &payload);
    }
}

/// A log with its lengths after each batch, and what it contains then.
fn log() -> (Vec<u8>, Vec<(usize, Live)>) {
    let mut file = write_header(header());
    let mut live = Live::new();
    let mut states = vec![(file.len(), live.clone())];
    let batches = [
        vec![checkpoint(0, 10), checkpoint(1, 20).with_state("one")],
        vec![checkpoint(1, 21).with_state("two"), checkpoint(2, 30)],
        vec![checkpoint(0, 11)],
    ];
    for (number, batch) in (0..).zip(&batches) {
        let entries: Vec<_> = batch.iter().map(Entry::Saved).collect();
        append(&mut file, number, &entries);
        live.extend(batch.iter().map(|it| (key(it.shard()), it.clone())));
        states.push((file.len(), live.clone()));
    }
    append(&mut file, 3, &[Entry::Ended(ShardId::new(2, 3))]);
    live.remove(&(3, 2));
    states.push((file.len(), live));
    (file, states)
}

fn read_own(file: &[u8]) -> Result<Content, FormatError> {
    read(file, header().owner)
}

fn kind(file: &[u8]) -> StoreErrorKind {
    read_own(file).unwrap_err().kind
}

#[test]
fn whole_log_has_what_was_saved_last() {
    let (file, states) = log();
    let content = read_own(&file).unwrap();
    assert_eq!(Some((content.length, content.live)), states.last().cloned());
    assert_eq!((content.header, content.next_number), (header(), 4));
}

#[test]
fn log_that_is_cut_off_anywhere_has_its_last_whole_batch() {
    let (file, states) = log();
    for length in 0..file.len() {
        let cut = &file[..length];
        match states.iter().rev().find(|(end, _)| *end <= length) {
            Some((end, live)) => {
                let content = read_own(cut).unwrap();
                assert_eq!((&content.live, content.length), (live, *end), "{length}");
            }
            None => assert_eq!(kind(cut), StoreErrorKind::Damaged, "{length}"),
        }
    }
}

/// A power failure can leave the length of a file, without the data.
#[test]
fn last_batch_that_is_there_in_part_is_dropped() {
    let (file, states) = log();
    let [.., (before, live), (end, _)] = &states[..] else {
        panic!("there are batches");
    };
    for hole in *before..*end {
        let mut torn = file.clone();
        torn[hole..].fill(0);
        if torn == file {
            continue;
        }
        let content = read_own(&torn).unwrap();
        assert_eq!((&content.live, content.length), (live, *before), "{hole}");
    }
}

#[test]
fn each_changed_bit_is_an_error_or_loses_the_last_batch() {
    let (file, states) = log();
    let [.., (before, live), _] = &states[..] else {
        panic!("there are batches");
    };
    for position in 0..file.len() {
        for bit in 0..8 {
            let mut file = file.clone();
            file[position] ^= 1 << bit;
            match read_own(&file) {
                Ok(content) => {
                    assert!(position >= *before, "{position}");
                    assert_eq!(content.live, *live, "{position}");
                }
                Err(error) => {
                    let of_header = matches!(
                        error.kind,
                        StoreErrorKind::Foreign | StoreErrorKind::NewerFormat { .. }
                    );
                    assert_eq!(
                        of_header,
                        position < 12 && error.kind != StoreErrorKind::Damaged
                    );
                    assert!(
                        of_header || error.kind == StoreErrorKind::Damaged,
                        "{error:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn missing_or_doubled_batches_are_damage() {
    let (file, states) = log();
    let part = |number: usize| &file[states[number].0..states[number + 1].0];
    let start = &file[..states[0].0];
    for parts in [[0, 2], [0, 0], [1, 0], [1, 3]] {
        let file = [start, part(parts[0]), part(parts[1])].concat();
        assert_eq!(kind(&file), StoreErrorKind::Damaged, "{parts:?}");
    }
}

#[test]
fn files_of_others_are_named_as_such() {
    let (file, _) = log();
    assert_eq!(kind(b"{\"version\":1}"), StoreErrorKind::Foreign);
    assert_eq!(kind(b""), StoreErrorKind::Damaged);
    let other = StoreOwner::of(&Token::new("other"));
    let error = read(&file, other).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::OtherBot);
    let mut newer = file;
    newer[8] = 3;
    let format = StoreErrorKind::NewerFormat { format: 3 };
    assert_eq!(kind(&newer), format);
    assert_eq!(kind(&newer[..12]), format);
}

/// An application may store a copy of a log, and a write of that may be torn.
#[test]
fn copy_of_a_log_in_a_state_is_no_frame() {
    let (other, _) = log();
    let with_other_id = FileHeader { id: 8, ..header() };
    let mut file = write_header(with_other_id);
    let saved = checkpoint(0, 1).with_state(other);
    let payloads = write_payloads([Entry::Saved(&saved)], 1 << 20).unwrap();
    write_frame(&mut file, with_other_id, 0, &payloads[0]);
    file.pop();
    let content = read_own(&file).unwrap();
    assert!(content.live.is_empty());
}

#[test]
fn frames_with_other_content_are_damage() {
    let batch = checkpoint(0, 10).with_state("state");
    let valid = write_payloads([Entry::Saved(&batch)], 1 << 20).unwrap();
    let valid = &valid[0];
    let mut payloads: Vec<_> = (0..valid.len()).map(|end| valid[..end].to_vec()).collect();
    payloads.push([valid, &[0][..]].concat());
    for (position, value) in [(0, 2), (4, 9), (9, 0)] {
        let mut changed = valid.clone();
        changed[position] = value;
        payloads.push(changed);
    }
    for payload in payloads {
        let mut file = write_header(header());
        write_frame(&mut file, header(), 0, &payload);
        assert_eq!(kind(&file), StoreErrorKind::Damaged, "{payload:?}");
    }
}

#[test]
fn large_batches_are_several_frames() {
    let batch = [0, 1, 2].map(|shard| checkpoint(shard, 1).with_state(vec![7; 1000]));
    let payloads = write_payloads(batch.iter().map(Entry::Saved), 2500).unwrap();
    assert_eq!(payloads.len(), 2);
    let mut file = write_header(header());
    for (number, payload) in (0..).zip(&payloads) {
        assert!(payload.len() <= 2500);
        write_frame(&mut file, header(), number, payload);
    }
    assert_eq!(read_own(&file).unwrap().live.len(), 3);
    let error = write_payloads(batch.iter().map(Entry::Saved), 1000).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::TooLarge);
    let nothing: [Entry<'_>; 0] = [];
    assert!(write_payloads(nothing, 1000).unwrap().is_empty());
}
