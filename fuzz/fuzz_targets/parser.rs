//! One answer, against itself and against an expression: everything that reads answers runs.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    invariants::check_grade(&String::from_utf8_lossy(data), "2x+1");
});
