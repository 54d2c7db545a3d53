//! Two answers, the first line and the rest.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    if let Some((answer, truth)) = text.split_once('\n') {
        invariants::check_grade(answer, truth);
    }
});
