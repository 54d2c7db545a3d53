//! A search for inputs that take long: texts of a grammar, of which the costliest are kept and changed.

mod clock;
mod grammar;
mod random;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use lead_rs::grade::grade;
use rayon::prelude::*;

use super::{Report, start, tokens};
use crate::inputs::{self, Pair, TOKENS};
use clock::{best_of_five, once};
use grammar::GRAMMAR;
use random::Random;

/// The costliest that are kept of each structure.
const KEPT: usize = 24;

/// Inputs that a structure's search tries in a round.
const TRIED: usize = 24;

static MONSTERS: LazyLock<Vec<Pair>> = LazyLock::new(inputs::monsters);

/// How the search is done.
pub struct Search {
    /// Wall time; one round is done in any case.
    pub budget: Duration,
    /// CPU time that no input may take, best of five.
    pub limit: Duration,
    /// The bytes that no side exceeds.
    pub longest: usize,
}

/// An answer and a truth, and the CPU time that grading takes.
struct Slow {
    /// What it was made of, or which monster it is.
    structure: String,
    answer: String,
    truth: String,
    time: Duration,
}

impl Slow {
    fn line(&self) -> String {
        let [answer, truth] = [&self.answer, &self.truth].map(|text| start(text));
        format!("{:>9.1} us  {}: {answer} | {truth}", self.time.as_secs_f64() * 1e6, self.structure)
    }

    fn whole(&self) -> String {
        serde_json::to_string(&[&self.answer, &self.truth]).unwrap()
    }
}

/// Searches, times the monsters too, and reports the costliest of each structure, worst first.
pub fn attack(search: &Search) -> Report {
    let mut worst = search.worst();
    let monsters = MONSTERS.iter().cloned().chain(inputs::adversarial());
    worst.extend(monsters.filter_map(|Pair { kind, answer, truth }| {
        let time = best_of_five(|| run(&answer, &truth));
        (time > search.limit / 2).then_some(Slow { structure: kind, answer, truth, time })
    }));
    worst.sort_by_key(|slow| std::cmp::Reverse(slow.time));
    let (slow, quick): (Vec<_>, Vec<_>) = worst.iter().partition(|slow| slow.time > search.limit);
    let mut report = Report::default();
    report.lines.push(format!(
        "{} structures searched, {} slow inputs",
        GRAMMAR.structures.len(),
        slow.len()
    ));
    report.lines.extend(quick.iter().take(10).map(|slow| slow.line()));
    report.failures =
        slow.iter().map(|slow| format!("{}\n{}", slow.line(), slow.whole())).collect();
    report
}

fn run(answer: &str, truth: &str) {
    black_box(grade(black_box(answer), black_box(truth), false));
}

impl Search {
    fn worst(&self) -> Vec<Slow> {
        let end = Instant::now() + self.budget;
        let mut kept: BTreeMap<String, Vec<Slow>> = BTreeMap::new();
        let mut round: u64 = 0;
        while round == 0 || Instant::now() < end {
            let found: Vec<Slow> = GRAMMAR
                .structures
                .par_iter()
                .enumerate()
                .flat_map_iter(|(at, structure)| {
                    let mut random = Random::new((round << 8) + at as u64);
                    self.generation(structure, &kept, &mut random)
                })
                .collect();
            for slow in found {
                kept.entry(slow.structure.clone()).or_default().push(slow);
            }
            for slowest in kept.values_mut() {
                slowest.sort_by_key(|slow| std::cmp::Reverse(slow.time));
                slowest.truncate(KEPT);
            }
            round += 1;
        }
        let mut worst: Vec<Slow> =
            kept.into_values().filter_map(|slowest| slowest.into_iter().next()).collect();
        for slow in &mut worst {
            slow.time = slow.time.min(best_of_five(|| run(&slow.answer, &slow.truth)));
        }
        worst
    }

    /// New inputs of a structure, and old ones changed, that cost more than the cheapest that is kept.
    fn generation(
        &self,
        structure: &str,
        kept: &BTreeMap<String, Vec<Slow>>,
        random: &mut Random,
    ) -> Vec<Slow> {
        let own = kept.get(structure).map_or(&[][..], Vec::as_slice);
        let least = if own.len() < KEPT { Duration::ZERO } else { own[own.len() - 1].time };
        let mut found = Vec::new();
        for _ in 0..TRIED {
            let (answer, truth) = if own.is_empty() || random.one_in(4) {
                self.fresh(structure, random)
            } else {
                let others = if random.one_in(3) {
                    kept.values().nth(random.below(kept.len())).unwrap()
                } else {
                    own
                };
                let (parent, other) = (random.of(own), random.of(others));
                self.changed(parent, other, structure, random)
            };
            let [answer, truth] = [answer, truth].map(|text| self.cut(text));
            if once(|| run(&answer, &truth)) > least {
                let time = best_of_five(|| run(&answer, &truth));
                if time > least {
                    found.push(Slow { structure: structure.into(), answer, truth, time });
                }
            }
        }
        found
    }

    /// What the grammar writes, or now and then a monster.
    fn fresh(&self, structure: &str, random: &mut Random) -> (String, String) {
        if random.one_in(16) {
            let Pair { answer, truth, .. } = random.of(&MONSTERS).clone();
            return (answer, truth);
        }
        let length = random.length(self.longest);
        let answer = grammar::write(structure, length, random);
        let truth = match random.below(4) {
            0 => grammar::write(structure, length, random),
            1 => grammar::write("any", 20, random),
            _ => self.edited(&answer, "", structure, random),
        };
        (answer, truth)
    }

    fn changed(
        &self,
        parent: &Slow,
        other: &Slow,
        structure: &str,
        random: &mut Random,
    ) -> (String, String) {
        let (answer, truth) = (&parent.answer, &parent.truth);
        match random.below(6) {
            0 => (self.edited(answer, &other.answer, structure, random), truth.clone()),
            1 => (answer.clone(), self.edited(truth, &other.truth, structure, random)),
            2 => {
                // Both sides alike: what is equal up to its end is compared up to its end.
                let answer = self.edited(answer, &other.answer, structure, random);
                let truth = self.edited(&answer, "", structure, random);
                (answer, truth)
            }
            3 => (answer.clone(), other.truth.clone()),
            4 => (truth.clone(), answer.clone()),
            _ => {
                let mut random_edit =
                    |text: &str, other: &str| self.edited(text, other, structure, random);
                (random_edit(answer, &other.answer), random_edit(truth, &other.truth))
            }
        }
    }

    /// The text with a run of tokens removed, repeated, replaced, wrapped, or taken from another text.
    fn edited(&self, text: &str, other: &str, structure: &str, random: &mut Random) -> String {
        let tokens = tokens::split(text);
        let from = random.below(tokens.len() + 1);
        let reach = tokens.len() - from;
        let to = from + run_length(reach, random);
        let [before, run, after] =
            [&tokens[..from], &tokens[from..to], &tokens[to..]].map(<[&str]>::concat);
        match random.below(8) {
            0 => format!("{before}{after}"),
            1 => {
                let room = self.longest.saturating_sub(text.len()) / run.len().max(1);
                let times = 2 + random.below(room.clamp(1, 400));
                format!("{before}{}{after}", run.repeat(times))
            }
            2 => format!("{before}{}{after}", grammar::write(structure, run.len().max(8), random)),
            3 => format!("{before}{}{after}", grammar::write("any", 12, random)),
            4 if !other.is_empty() => {
                let theirs = tokens::split(other);
                let start = random.below(theirs.len());
                let end = start + random.below(theirs.len() - start + 1);
                format!("{before}{}{after}", theirs[start..end].concat())
            }
            5 => {
                let wraps = [
                    ["(", ")"],
                    ["{", "}"],
                    [r"\frac{1}{", "}"],
                    [r"\sqrt{", "}"],
                    [r"\{", r"\}"],
                    [r"\text{", "}"],
                    ["|", "|"],
                    [r"\left(", r"\right)"],
                    ["[", ")"],
                    ["x=", ""],
                    ["", r"\text{ cm}"],
                    [r"\boxed{", "}"],
                ];
                let [open, close] = *random.of(&wraps);
                let most = 1 << random.below(7);
                let times = 1 + random.below(most);
                format!("{before}{}{run}{}{after}", open.repeat(times), close.repeat(times))
            }
            6 => {
                let digits: String = run
                    .chars()
                    .map(|c| if c.is_ascii_digit() { *random.of(&['0', '1', '7', '9']) } else { c })
                    .collect();
                format!("{before}{digits}{after}")
            }
            _ => {
                let token = random.of(TOKENS);
                format!("{before}{run}{token}{after}")
            }
        }
    }

    fn cut(&self, mut text: String) -> String {
        let mut end = text.len().min(self.longest);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }
}

/// How many of `reach` tokens to take; a few are as likely as many.
fn run_length(reach: usize, random: &mut Random) -> usize {
    if reach == 0 {
        return 0;
    }
    let most = (1 << random.below(reach.ilog2() as usize + 1)).min(reach);
    random.below(most) + 1
}
