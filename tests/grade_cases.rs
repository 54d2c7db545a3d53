//! The grader on the case files in `tests/grade_cases`: a bug report becomes a line there.
//!
//! A text of a case is a string, `{"repeat": [text, count]}`, or a list of these, joined.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lead_rs::grade::{Extract, Extraction as How, Grading, Tolerance, Verdict, grade_by};
use serde::Deserialize;

/// Far over what a case takes even in a debug build, far under what a hang does.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Plain(String),
    Repeat { repeat: (String, usize) },
    Joined(Vec<Text>),
}

impl Text {
    fn build(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Repeat { repeat: (text, count) } => text.repeat(*count),
            Self::Joined(parts) => parts.iter().map(Self::build).collect(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    name: String,
    answer: Text,
    truth: Text,
    equal: bool,
    #[serde(default = "yes")]
    require_simplified: bool,
    tolerance: Option<Near>,
    /// Whether the verdict is the same with answer and truth exchanged.
    #[serde(default = "yes")]
    symmetric: bool,
    /// The word of the comparison that decides.
    method: Option<String>,
    #[serde(default, rename = "why")]
    _why: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Near {
    Relative(f64),
    Word(String),
}

impl Pair {
    fn grading(&self) -> Grading {
        let tolerance = match &self.tolerance {
            None => Tolerance::Exact,
            Some(Near::Relative(part)) => Tolerance::Relative(*part),
            Some(Near::Word(word)) => {
                assert_eq!(word, Tolerance::ROUNDING);
                Tolerance::Rounding
            }
        };
        Grading { require_simplified: self.require_simplified, tolerance, ..Grading::default() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extraction {
    name: String,
    response: Text,
    answer: Option<String>,
    #[serde(default = "boxed")]
    extract: Extract,
    #[serde(default)]
    after_think: bool,
}

fn boxed() -> Extract {
    Extract::Boxed
}

fn yes() -> bool {
    true
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/grade_cases")
}

fn read<T: for<'de> Deserialize<'de>>(file: &Path) -> Vec<T> {
    let text = fs::read_to_string(file).unwrap();
    let cases: Vec<T> =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    assert!(!cases.is_empty(), "{} has no cases", file.display());
    cases
}

fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], text.len()),
        None => text.to_string(),
    }
}

/// What is wrong with a case one way round, in one line.
fn complaint(pair: &Pair, answer: &str, truth: &str) -> Option<String> {
    let start = Instant::now();
    let Verdict { correct, method, .. } = grade_by(answer, truth, &pair.grading());
    let took = start.elapsed();
    let what = if correct != pair.equal {
        format!("got {correct} by {method:?}, want {}", pair.equal)
    } else if pair.method.as_ref().is_some_and(|word| method.word() != word) {
        format!("by {}, want {:?}", method.word(), pair.method)
    } else if took > PATIENCE {
        format!("took {took:?}")
    } else {
        return None;
    };
    Some(format!("{}: {} = {}: {what}", pair.name, short(answer), short(truth)))
}

fn complaints(file: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for pair in read::<Pair>(file) {
        let (answer, truth) = (pair.answer.build(), pair.truth.build());
        wrong.extend(complaint(&pair, &answer, &truth));
        if pair.symmetric {
            wrong.extend(complaint(&pair, &truth, &answer));
        }
    }
    wrong
}

#[test]
fn pairs() {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_of_pairs = |file: &PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy();
        !name.starts_with("extraction") && name != "ground_truths"
    };
    files.retain(is_of_pairs);
    files.sort();
    assert!(!files.is_empty(), "no case files in {}", folder().display());
    let mut reports = Vec::new();
    for file in files {
        let wrong = complaints(&file);
        if !wrong.is_empty() {
            let name = file.file_stem().unwrap().display();
            reports.push(format!("{name}: {} wrong\n  {}", wrong.len(), wrong.join("\n  ")));
        }
    }
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

#[test]
fn extraction() {
    let mut wrong = Vec::new();
    let files = ["extraction.json", "extraction_marks.json"];
    for case in files.iter().flat_map(|file| read::<Extraction>(&folder().join(file))) {
        let response = case.response.build();
        let how = How { extract: case.extract, after_think: case.after_think };
        let got = how.find(&response).map(|found| found.answer);
        if got != case.answer.as_deref() {
            let (name, want) = (case.name, case.answer);
            wrong.push(format!("{name}: {}: got {got:?}, want {want:?}", short(&response)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
