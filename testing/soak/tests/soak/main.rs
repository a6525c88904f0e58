//! Short soak tests with the emulator in the same process.

mod delivery {
    mod four_shards_lose_no_event;
}
