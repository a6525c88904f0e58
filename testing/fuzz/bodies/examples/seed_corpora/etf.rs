use std::{fs, io, path::Path};

/// Terms that are rejected, each for another reason.
const INVALID: [&[u8]; 10] = [
    b"",
    b"{\"op\":1,\"d\":null}",
    b"\x78\x9c\x4b\x04\0",
    b"\x83\x50\0\0\0\x02\x78\x9c\x4b\x04\0",
    b"\x83\x74\0\0\0\x01\x77\x02op\x61\x01",
    b"\x83\x6c\xff\xff\xff\xff\x6a",
    b"\x83\x6c\0\0\0\x01\x61\x01\x61\x02",
    b"\x83\x68\x02\x67\x77\x01a\0\0\0\0\0\0\0\0\0",
    b"\x83\x63infinity\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    b"\x83\x6f\0\0\0\x09\0\0\0\0\0\0\0\0\0\x01",
];

/// Returns terms of several encoders, the payloads that the emulator encodes, and invalid terms.
pub(super) fn seeds(fixtures: &Path) -> io::Result<Vec<Vec<u8>>> {
    let tables = fixtures.join("../../../emulator/tests/fixtures/etf");
    let mut seeds = INVALID.map(<[u8]>::to_vec).to_vec();
    for table in ["erlpack.tsv", "python.tsv", "emulator.tsv"] {
        let table = fs::read_to_string(tables.join(table))?;
        for line in table.lines() {
            let (before, hex) = line
                .rsplit_once('\t')
                .expect("a term is in the last column");
            let (_, json) = before.rsplit_once('\t').unwrap_or(("", before));
            seeds.push(bytes(hex));
            seeds.push(json.as_bytes().to_vec());
        }
    }
    seeds.push([&[131][..], &[104, 1].repeat(130), &[106]].concat());
    seeds.sort();
    seeds.dedup();
    Ok(seeds)
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    let digits = digits.map(|pair| str::from_utf8(pair).expect("digits are ASCII"));
    digits
        .map(|pair| u8::from_str_radix(pair, 16).expect("digits are hexadecimal"))
        .collect()
}
