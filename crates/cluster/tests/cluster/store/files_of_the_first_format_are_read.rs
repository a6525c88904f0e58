use crate::harness::Scratch;
use gloaming_cluster::{Checkpoint, FileStore, SessionStore as _, StoreOwner};
use gloaming_protocol::{ShardId, Token};
use gloaming_shard::Session;
use std::fs;

/// A file with session `s` at sequence 9 of shard 0 of 2, as version 1 of the format has it.
const FIRST_FORMAT: &[&[u8]] = &[
    b"gloamses\x01\0\0\0\x07\0\0\0\0\0\0\0\0\x0c\0\0\0\0\0\0\0\0\xa6,\x8b",
    b"\xf1GLB\0\0\0\0\0\0\0\0)\0\0\x002\x0e'\xc4C\xef\\\x9d",
    b"\x01\0\0\0\x01\0\0\0\0\x02\0\0\0\x17\0\0\0{\"id\":\"s\",\"sequence\":9}\0",
];

fn checkpoint(number: u32, sequence: u64) -> Checkpoint {
    let session = Session::new(sequence, "s".to_owned());
    Checkpoint::new(ShardId::new(number, 2), session)
}

/// The format is that of the whole file, so that nothing is added to one of another format.
#[tokio::test]
async fn file_of_the_first_format_is_written_anew_with_the_first_save() {
    let scratch = Scratch::new("store_first_format");
    let owner = StoreOwner::of(&Token::new("MTI.secret.secret"));
    let log = scratch.join("checkpoints.log");
    fs::write(&log, FIRST_FORMAT.concat()).unwrap();

    let store = FileStore::new(&*scratch);
    assert_eq!(store.load(owner).await.unwrap(), [checkpoint(0, 9)]);
    assert_eq!(fs::read(&log).unwrap(), FIRST_FORMAT.concat());
    store.save(owner, vec![checkpoint(1, 4)]).await.unwrap();
    assert_eq!(fs::read(&log).unwrap()[8..12], [2, 0, 0, 0]);
    drop(store);

    let found = FileStore::new(&*scratch).load(owner).await.unwrap();
    assert_eq!(found, [checkpoint(0, 9), checkpoint(1, 4)]);
}
