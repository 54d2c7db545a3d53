//! Extraction from any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    invariants::check_extraction(&String::from_utf8_lossy(data));
});
