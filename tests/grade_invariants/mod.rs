//! What holds of every verdict, whatever the strings.

use std::time::{Duration, Instant};

use lead_rs::grade::{Method, extract_answer, grade};

/// For inputs of a few kB, in a build with debug assertions or a sanitizer, on a busy machine.
const LIMIT: Duration = Duration::from_secs(5);

/// Panics where grading `answer` against `truth` breaks a promise.
pub fn check_grade(answer: &str, truth: &str) {
    let pair = format!("{answer:?} against {truth:?}");
    let strict = timely(LIMIT, &pair, || grade(answer, truth, true));
    let loose = timely(LIMIT, &pair, || grade(answer, truth, false));
    let fail = |promise: &str| panic!("{promise}: {pair}");
    for (verdict, require_simplified) in [(&strict, true), (&loose, false)] {
        if *verdict != grade(answer, truth, require_simplified) {
            fail("the same verdict every time");
        }
        if verdict.correct && verdict.method == Method::Undecided {
            fail("undecided is wrong");
        }
        let itself = grade(answer, answer, require_simplified);
        if !itself.normalized.is_empty() && !itself.correct {
            fail("an answer equals itself");
        }
    }
    if strict.correct && !loose.correct {
        fail("what passes the strict policy passes the loose one");
    }
    // A name is dropped from an answer sooner than from a truth: `a + b = 7` is 7, not the reverse.
    // So is a letter for a unit: `5 m` is 5.
    let exchanged = grade(truth, answer, false);
    if has_relation(answer) == has_relation(truth)
        && ends_in_unit_letter(&loose.normalized) == ends_in_unit_letter(&exchanged.normalized)
        && loose.correct != exchanged.correct
    {
        fail("by value, either may be the truth");
    }
}

/// Whether it may say that something is something.
fn has_relation(text: &str) -> bool {
    let signs = ["=", "＝", "≈", "≃", "≅", "≡", "∼", "∈"];
    let commands = [r"\approx", r"\sim", r"\cong", r"\equiv", r"\in", r"\thickapprox", r"\doteq"];
    signs.iter().chain(&commands).any(|sign| text.contains(sign))
}

/// Whether it may end in a letter that is a unit.
fn ends_in_unit_letter(text: &str) -> bool {
    let mut letters = text.chars().rev().filter(|c| !c.is_whitespace() && !"{}$.,;()".contains(*c));
    letters.next().is_some_and(|letter| "mgsh".contains(letter.to_ascii_lowercase()))
        && letters.next().is_some_and(char::is_numeric)
}

/// Panics where extraction from `response` breaks a promise.
pub fn check_extraction(response: &str) {
    let answer = timely(LIMIT, response, || extract_answer(response));
    if let Some(answer) = answer {
        assert!(!answer.is_empty() && answer.trim() == answer, "trimmed: {response:?}");
    }
    let later = format!(r"First \boxed{{1}}. {response}");
    let expected = [answer, answer.or(Some("1"))];
    assert!(expected.contains(&extract_answer(&later)), "the last box counts: {response:?}");
}

/// The result of `call`, which keeps within the limit at least once in three times.
pub fn timely<T>(limit: Duration, what: &str, call: impl Fn() -> T) -> T {
    let mut shortest = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        let result = call();
        shortest = shortest.min(start.elapsed());
        if shortest <= limit {
            return result;
        }
    }
    panic!("took {shortest:?}, more than {limit:?}: {what}");
}
