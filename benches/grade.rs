//! Times the grader on one thread: ordinary pairs by class, and the slowest pair of all.
//!
//! `cargo bench --bench grade -- PAIRS.jsonl` takes the pairs that `benches/graders/pairs.py` makes; without
//! a file they are the case files of the tests.

#[path = "inputs/mod.rs"]
mod inputs;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use inputs::Pair;
use lead_rs::grade::{extract_answer, grade};

/// What else the machine does only adds to a time: the shortest of these counts.
const ROUNDS: usize = 7;
const MEAN_BAR: Duration = Duration::from_micros(5);
const WORST_BAR: Duration = Duration::from_millis(1);

fn main() {
    // Cargo passes --bench of its own.
    let file = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let pairs = match file.map(PathBuf::from) {
        Some(path) => inputs::lines(&path, ["answer", "truth"], "all"),
        None => inputs::cases(),
    };
    report_classes(&pairs);
    report_percentiles(&pairs);
    report_extraction();
    let mut everything = inputs::adversarial();
    everything.extend(inputs::monsters());
    everything.extend(pairs);
    report_worst(&everything);
}

fn run(pair: &Pair) {
    black_box(grade(black_box(&pair.answer), black_box(&pair.truth), true));
}

fn time(call: impl FnOnce()) -> Duration {
    let start = Instant::now();
    call();
    start.elapsed()
}

fn shortest(mut call: impl FnMut()) -> Duration {
    (0..ROUNDS).map(|_| time(&mut call)).min().unwrap()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn verdict(time: Duration, bar: Duration) -> &'static str {
    if time <= bar { "met" } else { "MISSED" }
}

fn report_classes(pairs: &[Pair]) {
    let mut classes: BTreeMap<&str, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs {
        classes.entry(&pair.kind).or_default().push(pair);
    }
    println!("{:<28}{:>8}{:>12}", "class", "pairs", "mean us");
    let mut total = Duration::ZERO;
    for (class, pairs) in classes {
        let time = shortest(|| pairs.iter().for_each(|pair| run(pair)));
        println!("{class:<28}{:>8}{:>12.3}", pairs.len(), micros(time) / pairs.len() as f64);
        total += time;
    }
    let mean = total.div_f64(pairs.len() as f64);
    let met = verdict(mean, MEAN_BAR);
    println!("{:<28}{:>8}{:>12.3}  <= 5: {met}", "all", pairs.len(), micros(mean));
}

fn report_percentiles(pairs: &[Pair]) {
    let mut times: Vec<Duration> = pairs.iter().map(|pair| shortest(|| run(pair))).collect();
    times.sort();
    let at = |percent: usize| micros(times[(times.len() - 1) * percent / 100]);
    println!("\none pair: p50 {:.3} us, p99 {:.3} us, max {:.3} us", at(50), at(99), at(100));
}

fn report_extraction() {
    let response = "Some thought about $x^2$. ".repeat(770) + r"So \boxed{\frac{1}{2}}.";
    let time = shortest(|| {
        black_box(extract_answer(black_box(&response)));
    });
    println!("extraction from {} bytes: {:.3} us", response.len(), micros(time));
}

fn report_worst(pairs: &[Pair]) {
    let mut rows: Vec<_> = pairs
        .iter()
        .map(|pair| {
            let times: [Duration; ROUNDS] = std::array::from_fn(|_| time(|| run(pair)));
            (*times.iter().min().unwrap(), *times.iter().max().unwrap(), pair)
        })
        .collect();
    rows.sort_by_key(|(shortest, ..)| std::cmp::Reverse(*shortest));
    println!("\nslowest of {} pairs, us: shortest and longest of {ROUNDS} runs", rows.len());
    for (shortest, longest, pair) in &rows[..rows.len().min(15)] {
        let (answer, truth) = (start(&pair.answer), start(&pair.truth));
        let (shortest, longest) = (micros(*shortest), micros(*longest));
        println!("{shortest:>10.1}{longest:>10.1}  {}: {answer} | {truth}", pair.kind);
    }
    println!("worst pair <= 1 ms: {}", verdict(rows[0].0, WORST_BAR));
}

fn start(text: &str) -> String {
    text.chars().take(24).filter(|c| !c.is_control()).collect()
}
