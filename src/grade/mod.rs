//! Grading a final answer: is it the ground truth?
//!
//! Cheapest first: [`extract`](extract_answer) what is in the box; compare the texts without
//! typography; parse both; compare structure by structure down to exact numbers, exact forms of
//! expressions, and at last their values at seeded points. Nothing is evaluated as code, every
//! stage has a budget, and what is not shown is [`Method::Undecided`].
//!
//! ```
//! use lead_rs::grade::{Method, grade};
//!
//! let verdict = grade(r"\boxed{x = \frac{\sqrt{2}}{2}}", r"1/\sqrt2", true);
//! assert!(verdict.correct);
//! assert_eq!(verdict.method, Method::Equation);
//! assert!(!grade("9**9**9", "1/2", true).correct);
//! ```

mod ast;
mod budget;
mod compare;
mod exact;
mod literal;
mod number;
mod read;
mod settings;
mod symbols;
mod text;
mod trace;
mod values;
mod verdict;
mod words;

pub use settings::{Grading, Tolerance};
pub use text::{Extract, Extraction, Found, Mark, extract_answer};
pub use trace::{Explanation, Step};
pub use verdict::{Method, Verdict};

use ast::{Id, Names, Tree};
use budget::Budget;
use compare::{Case, Comparison, Outcome, Side};
use read::lexer::{Commas, Lexed, tokenize};
use read::token::uses_both_cases;
use read::{Failure, parser, plus_minus};
use text::{lower_scripts, same_choice, without_storage};
use trace::{Place, Record, Silent, Stage, place};
use words::letters::is_integer;

/// Longer answers, in bytes, are compared as they are.
const MAX_LENGTH: usize = 8192;

/// Steps of the budget that a token takes, besides those of the rules that read it.
const READ_STEPS: usize = 4;

/// More stack than the deepest answer takes.
const STACK: usize = 256 << 10;

/// Whether `answer` is `truth`.
///
/// Either may be a whole response with a box, whose content is taken. An empty one matches nothing.
/// With `require_simplified`, an unevaluated expression (`2^{10}`, `4/2`) is not an integer truth,
/// and two plain fractions must have the same numerator and denominator (`2/4` is not `1/2`).
///
/// Takes less than a millisecond, whatever the input.
#[must_use]
pub fn grade(answer: &str, truth: &str, require_simplified: bool) -> Verdict {
    grade_by(answer, truth, &Grading { require_simplified, ..Grading::default() })
}

/// [`grade`] by other settings.
///
/// The answer may be a whole response, of which what the settings find is taken, or all of it where
/// they find nothing. By [`Extract::Whole`] it is all of it: an answer that was found before, of
/// which a box frames a part, is graded by that.
#[must_use]
pub fn grade_by(answer: &str, truth: &str, grading: &Grading) -> Verdict {
    grade_extracted(grading.extraction.content(answer).0, truth, grading)
}

/// [`grade_by`], where `answer` is an answer and not a response: a box in it is a part of what it says.
#[must_use]
pub fn grade_extracted(answer: &str, truth: &str, grading: &Grading) -> Verdict {
    with_stack(|| run((answer, None), content(truth), grading, &mut Silent))
}

/// [`grade_by`], with a record of what each stage did.
#[must_use]
pub fn explain(answer: &str, truth: &str, grading: &Grading) -> Explanation {
    let mut steps = Vec::new();
    let (content_of_answer, mark) = grading.extraction.content(answer);
    let place = mark.map(|mark| Place::of(mark, content_of_answer, answer));
    let verdict =
        with_stack(|| run((content_of_answer, place), content(truth), grading, &mut steps));
    Explanation { verdict, steps }
}

/// Why no answer but the same text can be shown to be this truth; `None` where others can.
#[must_use]
pub fn unreadable(truth: &str) -> Option<String> {
    let text = lower_scripts(without_storage(content(truth)));
    if text.is_empty() {
        return Some("it is empty".into());
    }
    let too_long = || Some("it is longer than any answer".into());
    if text.len() > MAX_LENGTH {
        return too_long();
    }
    let budget = Budget::new();
    let Some(lexed) = tokenize(&text, Commas::Thousands, &budget) else { return too_long() };
    let fold_case = !uses_both_cases(&lexed.tokens);
    let read = with_stack(|| readings(&lexed, fold_case, &mut Names::default(), &budget));
    let mut failures = read.into_iter().map(Result::err);
    let first = failures.next()??;
    failures.all(|failure| failure.is_some()).then(|| place(&text, first))
}

/// What a truth says: what is in its box, if it has one.
fn content(truth: &str) -> &str {
    extract_answer(truth).unwrap_or(truth)
}

/// Threads may have as little as 32 KiB: what nests goes on a stack of its own there.
fn with_stack<T>(work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK, 2 * STACK, work)
}

/// The stages, cheapest first.
fn run(
    (answer, place): (&str, Option<Place>),
    truth: &str,
    grading: &Grading,
    record: &mut impl Record,
) -> Verdict {
    let (answer, truth) =
        (lower_scripts(without_storage(answer)), lower_scripts(without_storage(truth)));
    let budget = Budget::new();
    let mut verdict = |correct, method, normalized: String, says: Option<Stage>| {
        let verdict = Verdict { correct, method, normalized };
        record.step(|| Step::extraction(&answer, &truth, place, says, &verdict));
        verdict
    };
    let normalized = || normalized(&answer, &budget);
    if answer.is_empty() || truth.is_empty() {
        return verdict(false, Method::Text, normalized(), Some(Stage::Empty));
    }
    if answer == truth {
        let normalized = normalized();
        return verdict(!normalized.is_empty(), Method::Text, normalized, None);
    }
    if answer.len() > MAX_LENGTH || truth.len() > MAX_LENGTH {
        return verdict(false, Method::Undecided, answer.to_string(), Some(Stage::TooLong));
    }
    if !matches!(grading.tolerance, Tolerance::Relative(_))
        && let (Some(a), Some(b)) = (plain_integer(&answer), plain_integer(&truth))
    {
        return verdict(a == b, Method::Number, normalized(), None);
    }
    let (Some(answer_tokens), Some(truth_tokens)) = (
        tokenize(&answer, Commas::Thousands, &budget),
        tokenize(&truth, Commas::Thousands, &budget),
    ) else {
        return verdict(false, Method::Undecided, answer.to_string(), Some(Stage::TooLong));
    };
    let fold_case =
        !uses_both_cases(&answer_tokens.tokens) && !uses_both_cases(&truth_tokens.tokens);
    let texts = Texts { answer: answer_tokens, truth: truth_tokens, fold_case };
    record.step(|| Step::both(&answer, &truth, place));
    texts.verdict(grading, &budget, record)
}

/// The answer as it is compared as text.
fn normalized(answer: &str, budget: &Budget) -> String {
    let lexed =
        if answer.len() > MAX_LENGTH { None } else { tokenize(answer, Commas::Thousands, budget) };
    lexed.map_or_else(|| answer.to_string(), |lexed| lexed.normalized(true))
}

/// Both answers as tokens, and how case is to be read.
struct Texts<'s> {
    answer: Lexed<'s>,
    truth: Lexed<'s>,
    fold_case: bool,
}

/// A side's readings: one, or two where a comma may part digits or items.
type Readings = Vec<Result<(Tree, Id), Failure>>;

impl Texts<'_> {
    fn verdict(&self, grading: &Grading, budget: &Budget, record: &mut impl Record) -> Verdict {
        let normalized = self.answer.normalized(self.fold_case);
        let truth = self.truth.normalized(self.fold_case);
        if let Some(same) = self.by_text(&normalized, &truth) {
            let verdict = Verdict { correct: same, method: Method::Text, normalized };
            record.step(|| Step::text(&verdict, &truth));
            return verdict;
        }
        let mut names = Names::default();
        let mut answers = readings(&self.answer, self.fold_case, &mut names, budget);
        let mut truths = readings(&self.truth, self.fold_case, &mut names, budget);
        for (answer, _) in answers.iter_mut().flatten() {
            for (truth, _) in truths.iter_mut().flatten() {
                name_integers_alike(answer, truth);
                name_integers_alike(truth, answer);
            }
        }
        let (outcome, method) = best(&answers, &truths, &Comparison::new(grading, budget));
        let verdict = match outcome {
            Outcome::Equal => Verdict { correct: true, method, normalized },
            Outcome::Different => Verdict { correct: false, method, normalized },
            Outcome::Unsimplified => {
                Verdict { correct: false, method: Method::Unsimplified, normalized }
            }
            Outcome::Unknown => Verdict { correct: false, method: Method::Undecided, normalized },
        };
        record.step(|| Step::different_texts(&verdict, &truth));
        record.step(|| {
            let (answer, truth) = ((self.answer.text, &answers), (self.truth.text, &truths));
            Step::trees(&verdict, answer, truth, &names)
        });
        verdict
    }

    /// What the texts alone decide.
    fn by_text(&self, answer: &str, truth: &str) -> Option<bool> {
        let (answer, truth) = (without_braces(answer), without_braces(truth));
        if !answer.is_empty() && answer == truth {
            return Some(true);
        }
        same_choice(&self.answer, &self.truth)
    }
}

fn readings(lexed: &Lexed<'_>, fold_case: bool, names: &mut Names, budget: &Budget) -> Readings {
    let mut readings = vec![reading(lexed, fold_case, names, budget)];
    if lexed.ambiguous_comma
        && let Some(list) = tokenize(lexed.text, Commas::List, budget)
    {
        readings.push(reading(&list, fold_case, names, budget));
    }
    readings
}

fn reading(
    lexed: &Lexed<'_>,
    fold_case: bool,
    names: &mut Names,
    budget: &Budget,
) -> Result<(Tree, Id), Failure> {
    budget.spend(READ_STEPS * lexed.tokens.len()).ok_or(Failure::Budget)?;
    let (tree, root) = parser::parse(lexed, fold_case, names, budget)?;
    plus_minus::spell_out(tree, root).ok_or(Failure::Budget)
}

/// The best that two sides' readings come to, and by which comparison.
fn best(answers: &Readings, truths: &Readings, comparison: &Comparison<'_>) -> (Outcome, Method) {
    let mut best: Option<(Outcome, Method)> = None;
    for (answer, answer_root) in answers.iter().flatten() {
        for (truth, truth_root) in truths.iter().flatten() {
            let (a, b) = (Side::answer(answer, *answer_root), Side::truth(truth, *truth_root));
            let outcome = if answer.domains_agree(truth) {
                comparison.compare(a, b)
            } else {
                Outcome::Different
            };
            if best.is_none_or(|(known, _)| known.or(outcome) != known) {
                best = Some((outcome, Case::of(a, b).method(a, b)));
            }
            if outcome == Outcome::Equal {
                break;
            }
        }
    }
    best.unwrap_or((Outcome::Unknown, Method::Undecided))
}

/// Calls the integer that the one answer says a letter stands for (`2k\pi, k \in \mathbb{Z}`) what
/// the other answer calls it, if it has one letter of its own, and that is one for integers.
fn name_integers_alike(one: &mut Tree, other: &Tree) {
    let [letter] = one.integers[..] else { return };
    let (ours, theirs) = (one.variables(), other.variables());
    let own: Vec<char> = theirs.difference(&ours).copied().collect();
    if let [own] = own[..]
        && is_integer(own)
        && !theirs.contains(&letter)
    {
        one.rename(letter, own);
    }
}

/// Without the braces round the whole.
fn without_braces(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
        return text;
    };
    // The first brace is closed by the last, not by one before.
    let mut depth = 0;
    let encloses = inner.bytes().all(|byte| {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        depth >= 0
    });
    if encloses { inner.trim_end_matches([',', '.', ';']) } else { text }
}

/// The digits of an integer written plainly, without leading zeros, and its sign.
fn plain_integer(text: &str) -> Option<(bool, &str)> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    Some((negative && !digits.is_empty(), digits))
}
