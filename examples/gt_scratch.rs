use lead_rs::grade::{explain, grade};
use std::time::Instant;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let truths: Vec<String> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let mut un = 0;
    for t in &truths {
        let e = explain(&format!("{t} + 1"), &format!("{t}"), true);
        let last = e.steps.last().unwrap();
        if last.truth.contains("not understood")
            || last.truth.contains("larger than")
            || last.stage == "text"
        {
            un += 1;
            println!(
                "{:40} | {}",
                t.replace('\n', " "),
                last.truth.chars().take(60).collect::<String>()
            );
        }
    }
    println!("unparsed {un} of {}", truths.len());
    for round in 0..3 {
        let start = Instant::now();
        let mut n = 0;
        let mut worst = (0.0, 0);
        for (i, pair) in truths.windows(2).enumerate() {
            let s = Instant::now();
            n += usize::from(grade(&pair[0], &pair[1], true).correct);
            let d = s.elapsed().as_secs_f64();
            if d > worst.0 {
                worst = (d, i)
            }
            n += usize::from(
                grade(&pair[0].replace(r"\frac", r"\dfrac ").replace(",", ", "), &pair[0], true)
                    .correct,
            );
        }
        println!(
            "{n} correct of {}, {:.2} us a pair; worst {:.1} us: {} | {}",
            2 * truths.len() - 2,
            start.elapsed().as_secs_f64() * 1e6 / (2.0 * truths.len() as f64),
            worst.0 * 1e6,
            truths[worst.1],
            truths[worst.1 + 1]
        );
        let _ = round;
    }
}
