//! The attack on the grader in full: `make attack-grade`.
//!
//! `cargo bench --bench attack -- PARTS` does the parts named, of `constants`, `edits`, `pairs` and
//! `slow`, or all. `LEAD_RS_DATA` names a folder with `grader/ground_truths.jsonl`, a truth a line;
//! without it the repository's sample is attacked. `ATTACK_SECONDS` is the time to search for slow
//! inputs. All that failed is written to `outputs/attack/PART.txt`; the exit status is then 1.

#[path = "../tests/grade_attack/mod.rs"]
mod attack;
#[path = "inputs/mod.rs"]
mod inputs;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use attack::slow::Search;
use attack::{Report, constants, edits, pairs, slow, truths};
use inputs::DATA;

const PARTS: [&str; 4] = ["constants", "edits", "pairs", "slow"];
/// One in so many truths is attacked in other settings than the default ones.
const PART: usize = 4;
/// Failures of a part that are printed.
const SHOWN: usize = 60;

fn main() -> ExitCode {
    // Cargo passes --bench of its own.
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let Some(unknown) = chosen.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("no part {unknown}: there are {}", PARTS.join(", "));
        return ExitCode::FAILURE;
    }
    let (real, which) = real();
    println!("{which} are attacked");
    let all = truths::distinct([real.clone(), truths::rare(), truths::of_cases()].concat());
    let mut failed = Vec::new();
    for part in
        PARTS.into_iter().filter(|part| chosen.is_empty() || chosen.iter().any(|c| c == part))
    {
        let start = Instant::now();
        let report = match part {
            "constants" => constants_in_every_mode(&real),
            "edits" => edits::attack(&all),
            "pairs" => pairs::attack(&all),
            _ => slow::attack(&Search {
                budget: seconds(),
                limit: Duration::from_millis(1),
                longest: 8192,
            }),
        };
        println!("\n{part}, {:.0} s", start.elapsed().as_secs_f64());
        print(part, &report);
        if !report.failures.is_empty() {
            failed.push(format!("{} in {part}", report.failures.len()));
        }
    }
    if failed.is_empty() {
        println!("\nnothing got through");
        return ExitCode::SUCCESS;
    }
    println!("\ngot through: {}", failed.join(", "));
    ExitCode::FAILURE
}

/// All constants by the default settings; by each of the others the short ones, for a part of the
/// truths.
fn constants_in_every_mode(truths: &[String]) -> Report {
    let part: Vec<String> = truths.iter().step_by(PART).cloned().collect();
    let mut whole = Report::default();
    for (at, (mode, grading)) in constants::modes().iter().enumerate() {
        let report = match at {
            0 => constants::attack(truths, true, grading),
            _ => constants::attack(&part, false, grading),
        };
        whole.lines.extend(report.lines.iter().map(|line| format!("{mode}: {line}")));
        whole.failures.extend(report.failures.iter().map(|line| format!("{mode}: {line}")));
    }
    whole
}

/// Ground truths of data sets: those of the folder, or the repository's sample. Says which.
fn real() -> (Vec<String>, String) {
    let Some(file) = inputs::real_data("grader/ground_truths.jsonl") else {
        let sample = truths::sample();
        let which = format!("{DATA} names none: the {} truths of the repository", sample.len());
        return (sample, which);
    };
    let text = fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let truths = truths::distinct(text.lines().map(|line| serde_json::from_str(line).unwrap()));
    let which = format!("the {} truths of {}", truths.len(), file.display());
    (truths, which)
}

fn print(part: &str, report: &Report) {
    for line in &report.lines {
        println!("  {line}");
    }
    for line in report.failures.iter().take(SHOWN) {
        println!("  FAILED {}", line.lines().next().unwrap_or_default());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("outputs/attack");
    fs::create_dir_all(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let file = folder.join(part).with_extension("txt");
    fs::write(&file, report.failures.join("\n"))
        .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    if report.failures.len() > SHOWN {
        println!("  {} more are in outputs/attack/{part}.txt", report.failures.len() - SHOWN);
    }
}

fn seconds() -> Duration {
    let seconds = std::env::var("ATTACK_SECONDS").map_or(Ok(180), |text| text.parse());
    Duration::from_secs(seconds.expect("ATTACK_SECONDS is a number of seconds"))
}
