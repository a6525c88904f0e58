#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| gloaming_fuzzing::zstd(data));
