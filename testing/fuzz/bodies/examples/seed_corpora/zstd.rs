use std::{fs, io, path::Path};

use gloaming_test_support::{
    Random,
    deflate::Faults,
    zstd_frames::{BlockPosition, FrameStream, block},
};

/// Returns a stream of the reference zstd, generated streams, and blocks that are empty or invalid.
pub(crate) fn seeds(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    // The first byte chooses that the rest is one message, the second a large limit.
    let whole = |stream: &[u8]| [&[0, 1], stream].concat();
    let stream = fs::read(fixtures.join("zstd-stream.bin"))?;
    let sizes = fs::read_to_string(fixtures.join("zstd-stream.sizes"))?;
    let sizes = sizes.lines().filter_map(|size| size.parse::<usize>().ok());
    let mut seeds = Vec::new();
    for count in [1, 2, 5, 12] {
        seeds.push(whole(&stream[..sizes.clone().take(count).sum()]));
    }
    for seed in 0..16 {
        let mut random = Random::new(seed);
        let mut stream = FrameStream::new();
        let messages = (0..5).map(|_| stream.message(&mut random, Faults::Some));
        seeds.push(whole(&messages.collect::<Vec<_>>().concat()));
    }
    // The first byte chooses that a header precedes the rest: raw blocks, one of a repeated byte, and one of the type that
    // does not exist.
    let raw = block(0, BlockPosition::NotLast, 2, b"{}");
    let repeated = block(1, BlockPosition::NotLast, 900, b"x");
    let last = block(0, BlockPosition::Last, 0, b"");
    for rest in [
        [&raw[..], &repeated, &last].concat(),
        [&raw[..], &block(3, BlockPosition::NotLast, 2, b"{}")].concat(),
        block(1, BlockPosition::NotLast, 1025, b"x"),
        block(2, BlockPosition::NotLast, 2, &[0, 0]),
    ] {
        seeds.push([&[1, 1][..], &rest].concat());
    }
    // The same in messages of their own, with maintenance between them.
    let parts = [raw, repeated, last];
    let parts = parts.iter().zip(0..);
    let parts = parts.map(|(part, number)| [&[number, part.len() as u8], &part[..]].concat());
    seeds.push([&[2, 1][..], &parts.collect::<Vec<_>>().concat()].concat());
    // A seed of a generated stream, and damage to it.
    for seed in 0..8 {
        let start = [&[3, 1, seed][..], &[0; 7], &[seed % 2]].concat();
        let message = [1, 9, 0, 4, seed];
        seeds.push([&start[..], &message.repeat(4)].concat());
    }
    Ok(seeds)
}
