//! The log of a session store, possibly after a crash, a downgrade or a change by other hands.

use crate::script::Script;
use gloaming_cluster::{FileStore, StoreErrorKind, StoreOwner};
use gloaming_protocol::Token;

/// The longest batch of a run.
const MAX_BATCH: usize = 4096;

/// Reads the bytes as a log, and as batches whose checksums are right, since no mutation would find those.
pub fn checkpoints(data: &[u8]) {
    let owner = StoreOwner::of(&Token::new("MTI.secret.secret"));
    check(data, owner);
    let mut script = Script::new(data);
    let mut batches = Vec::new();
    while !script.is_over() {
        let length = usize::from(script.u16()) % MAX_BATCH;
        batches.push(script.bytes(length));
    }
    let file = FileStore::encode(owner, batches);
    check(&file, owner);
    // A batch that was not finished never makes a whole file unreadable. This file has an id that inputs may know, and could
    // have a frame in a state.
    let has_frames = data.windows(4).any(|part| part == b"\xF1GLB");
    if !has_frames && FileStore::decode(&file, owner).is_ok() {
        let cut = file.len() - data.len().min(file.len() - 33) / 2;
        check(&file[..cut], owner);
        assert!(FileStore::decode(&file[..cut], owner).is_ok());
    }
}

fn check(file: &[u8], owner: StoreOwner) {
    match FileStore::decode(file, owner) {
        Ok(found) => {
            for pair in found.windows(2) {
                let [one, next] = pair else {
                    unreachable!("a window has two");
                };
                let key =
                    |it: &gloaming_cluster::Checkpoint| (it.shard().total(), it.shard().number());
                assert!(key(one) < key(next), "one checkpoint per shard");
            }
            let again = FileStore::encode_checkpoints(owner, &found);
            assert_eq!(FileStore::decode(&again, owner).as_deref(), Ok(&*found));
        }
        Err(kind) => assert!(
            matches!(
                kind,
                StoreErrorKind::Damaged
                    | StoreErrorKind::Foreign
                    | StoreErrorKind::NewerFormat { .. }
                    | StoreErrorKind::OtherBot
            ),
            "{kind:?}"
        ),
    }
}
