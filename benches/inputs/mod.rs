//! What the grader is timed and tested on: pairs from files, and monsters made to exhaust it.

mod monsters;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use monsters::monsters;
pub use tokens::TOKENS;

/// The environment variable that names a folder of data sets.
pub const DATA: &str = "LEAD_RS_DATA";

/// An answer and its ground truth; `kind` is their class, or says which monster it is.
#[derive(Debug, Clone)]
pub struct Pair {
    pub kind: String,
    pub answer: String,
    pub truth: String,
}

/// The pairs of JSON lines; `kind` where a line doesn't say its kind.
pub fn lines(path: &Path, [answer, truth]: [&str; 2], kind: &str) -> Vec<Pair> {
    read(path)
        .lines()
        .map(|line| pair(&serde_json::from_str(line).unwrap(), [answer, truth], kind).unwrap())
        .collect()
}

/// The pairs of the tests' case files that are plain strings and without a tolerance; their kind is
/// the file's name.
pub fn cases() -> Vec<Pair> {
    let folder = repository("tests/grade_cases");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut pairs = Vec::new();
    for path in files {
        let kind = path.file_stem().unwrap().to_string_lossy();
        let rows: Vec<Value> = serde_json::from_str(&read(&path)).unwrap();
        let plain = rows.iter().filter(|row| row.get("tolerance").is_none());
        pairs.extend(plain.filter_map(|row| pair(row, ["answer", "truth"], &kind)));
    }
    pairs
}

/// Inputs that hang or slow other graders; none where the folder of real data is absent.
pub fn adversarial() -> Vec<Pair> {
    real_data("grader/adversarial.jsonl")
        .map_or_else(Vec::new, |path| lines(&path, ["pred", "gt"], "adversarial"))
}

/// A file of data that is no part of the repository, in the folder that `LEAD_RS_DATA` names; none
/// where there is no such folder or file.
pub fn real_data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(DATA).filter(|folder| !folder.is_empty())?;
    Some(Path::new(&folder).join(name)).filter(|path| path.exists())
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn pair(row: &Value, [answer, truth]: [&str; 2], kind: &str) -> Option<Pair> {
    Some(Pair {
        kind: row["kind"].as_str().unwrap_or(kind).to_string(),
        answer: row[answer].as_str()?.to_string(),
        truth: row[truth].as_str()?.to_string(),
    })
}
