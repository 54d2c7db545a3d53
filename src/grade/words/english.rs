//! The words that answers are written in, and what each does beside a value.

use super::Meaning::{
    self, Affirms, Approximately, Article, Base, Cardinal, Clause, Condition, Denies, Doubts,
    Equivalently, Except, Existential, Filler, Function, Integers, Link, Month, No, Ordinal, Part,
    Per, Positive, Power, Preposition, Reason, Rejects, Scale, Sign, Subject, Universal, Yes,
};
use super::table::Rows;
use crate::grade::symbols::Relation;

/// What words in lower case do; words of content are not here.
pub(super) const WORDS: Rows<Meaning> = &[
    // Numbers.
    (Cardinal(0), "zero"),
    (Cardinal(1), "one"),
    (Cardinal(2), "two"),
    (Cardinal(3), "three"),
    (Cardinal(4), "four"),
    (Cardinal(5), "five"),
    (Cardinal(6), "six"),
    (Cardinal(7), "seven"),
    (Cardinal(8), "eight"),
    (Cardinal(9), "nine"),
    (Cardinal(10), "ten"),
    (Cardinal(11), "eleven"),
    (Cardinal(12), "twelve"),
    (Cardinal(13), "thirteen"),
    (Cardinal(14), "fourteen"),
    (Cardinal(15), "fifteen"),
    (Cardinal(16), "sixteen"),
    (Cardinal(17), "seventeen"),
    (Cardinal(18), "eighteen"),
    (Cardinal(19), "nineteen"),
    (Cardinal(20), "twenty"),
    (Cardinal(30), "thirty"),
    (Cardinal(40), "forty fourty"),
    (Cardinal(50), "fifty"),
    (Cardinal(60), "sixty"),
    (Cardinal(70), "seventy"),
    (Cardinal(80), "eighty"),
    (Cardinal(90), "ninety"),
    // What a number of them is: digits, and the power of ten that they go with.
    (Scale("12", 0), "dozen dozens"),
    (Scale("20", 0), "score scores"),
    (Scale("144", 0), "gross"),
    (Scale("1", 1), "tens"),
    (Scale("1", 2), "hundred hundreds"),
    (Scale("1", 3), "thousand thousands"),
    (Scale("1", 5), "lakh lakhs lac lacs"),
    (Scale("1", 6), "million millions"),
    (Scale("1", 7), "crore crores"),
    (Scale("1", 9), "billion billions"),
    (Scale("1", 12), "trillion trillions"),
    (Scale("1", 15), "quadrillion quadrillions"),
    (Scale("1", 18), "quintillion quintillions"),
    (Scale("1", 21), "sextillion sextillions"),
    (Scale("1", 24), "septillion septillions"),
    (Scale("1", 100), "googol"),
    // Parts of a whole.
    (Part(2), "half halves"),
    (Part(3), "third thirds"),
    (Part(4), "fourth fourths quarter quarters"),
    (Part(5), "fifth fifths"),
    (Part(6), "sixth sixths"),
    (Part(7), "seventh sevenths"),
    (Part(8), "eighth eighths"),
    (Part(9), "ninth ninths"),
    (Part(10), "tenth tenths"),
    (Part(11), "eleventh elevenths"),
    (Part(12), "twelfth twelfths"),
    (Part(13), "thirteenth thirteenths"),
    (Part(14), "fourteenth fourteenths"),
    (Part(15), "fifteenth fifteenths"),
    (Part(16), "sixteenth sixteenths"),
    (Part(17), "seventeenth seventeenths"),
    (Part(18), "eighteenth eighteenths"),
    (Part(19), "nineteenth nineteenths"),
    (Part(20), "twentieth twentieths"),
    (Part(30), "thirtieth thirtieths"),
    (Part(40), "fortieth fortieths"),
    (Part(50), "fiftieth fiftieths"),
    (Part(60), "sixtieth sixtieths"),
    (Part(100), "hundredth hundredths"),
    (Part(1000), "thousandth thousandths"),
    (Part(10_000), "ten-thousandth ten-thousandths"),
    (Part(1_000_000), "millionth millionths"),
    // Months, and the short forms that are no other word.
    (Month(1), "january jan"),
    (Month(2), "february feb"),
    (Month(3), "march mar"),
    (Month(4), "april apr"),
    (Month(5), "may"),
    (Month(6), "june jun"),
    (Month(7), "july jul"),
    (Month(8), "august aug"),
    (Month(9), "september sept sep"),
    (Month(10), "october oct"),
    (Month(11), "november nov"),
    (Month(12), "december dec"),
    // Behind the digits of an ordinal.
    (Ordinal, "st nd rd th"),
    // With a unit.
    (Power(2, true), "square sq"),
    (Power(3, true), "cubic cu"),
    (Power(2, false), "squared"),
    (Power(3, false), "cubed"),
    (Per, "per"),
    // What may go without a change of meaning, beside a value.
    (Approximately, "about approximately approx roughly around circa ca"),
    (Equivalently, "equivalently"),
    (Base, "base"),
    (Sign, "negative minus"),
    (Positive, "positive"),
    (Except, "except excluding"),
    (Article, "a an"),
    (Preposition, "of the in each every"),
    (Filler, "total altogether exactly precisely different distinct"),
    // What begins a condition on the letters of an answer.
    (Condition, "where for with given"),
    (Universal, "any all arbitrary"),
    (Existential, "some"),
    (Integers, "integer integers"),
    // What decides, takes back or leaves open.
    (Yes, "yes"),
    (No, "no"),
    (Affirms, "true correct yeah yep sure ok okay"),
    (
        Denies,
        "not nor never none neither dne nothing nobody cannot cant isnt don doesn isn aren \
         wasn weren won wouldn couldn shouldn didn hasn nope nah without \
         omitted excluded не нет 不 不是 非 아니다 아님 لا",
    ),
    (
        Rejects,
        "wrong false incorrect untrue invalid impossible contradiction error mistake неверно \
         неправильно 不对 错 错误 错的 否 falsch faux incorrecto falso 違う خطأ",
    ),
    (
        Doubts,
        "maybe perhaps possibly probably likely unlikely unknown undefined undecided unless \
         instead rather but however although though otherwise unsure uncertain doubtful \
         hardly barely vs versus xor scarcely fail fails failed supposedly allegedly approximate",
    ),
    // What makes a clause of words.
    (Clause, "is are was were be been am has have had do does did will would can could"),
    (Reason, "because since as"),
    (Subject, "it there they this that these those he she we"),
    // What joins, compares and calculates: never a unit.
    (
        Link,
        "and or if when whenever while so thus hence therefore then else than which who \
         whose whom its his her their our your my to from by at on onto into out off up \
         upon between among through until till within via against like unlike most \
         least almost nearly above below over under beneath beyond behind exceeding \
         exceeds plus times equals twice thrice double triple \
         quadruple und oder et ou ist est и или",
    ),
    (
        Function,
        "being having might must shall should ought here what why how them us you i me \
         down also too both either only just even still yet already again once \
         ie eg etc namely such other others another same similar equal \
         equivalent more less fewer greater lesser smaller larger bigger higher lower \
         multiplied divided added subtracted increase increased decrease decreased \
         reduced opposite inverse reciprocal doubled \
         tripled halved negated inverted root rooted factorial logarithm \
         exponent power modulo modulus remainder binary octal decimal hexadecimal \
         hex infinite infinitely infinity answer answers result results first tenfold \
         fold pi ish something anything everything thing choose chosen permute \
         recurring repeating repeated respectively deficit debt loss nand nicht kein \
         keine pas non nein ja oui aka alias resp alternatively rounded أو または 和 或 或者 及 \
         と",
    ),
];

/// Words that only say that the answer follows: with a colon behind them, or ending in "is".
pub(super) fn is_label(words: &str) -> bool {
    if is_finding(words) {
        return true;
    }
    let words = words.strip_suffix(" is").unwrap_or(words);
    let words = ["the ", "my ", "our "]
        .iter()
        .find_map(|article| words.strip_prefix(article))
        .unwrap_or(words);
    let words = words.strip_prefix("final ").unwrap_or(words);
    let words = words.strip_prefix("correct ").unwrap_or(words);
    matches!(
        words,
        "answer"
            | "ans"
            | "result"
            | "solution"
            | "value"
            | "option"
            | "choice"
            | "答案"
            | "答"
            | "解"
            | "ответ"
            | "réponse"
            | "respuesta"
            | "antwort"
    )
}

/// Whether a label needs no colon.
pub(super) fn is_lead_in(words: &str) -> bool {
    words.ends_with(" is") || is_finding(words)
}

/// Words behind which what was found follows.
fn is_finding(words: &str) -> bool {
    matches!(words, "there are" | "there is")
}

/// Words behind which what was concluded follows.
pub(super) fn is_conclusion(words: &str) -> bool {
    matches!(words, "therefore" | "thus" | "hence" | "so")
}

/// What two sides are to one another in words, but for [`BOUNDS`] behind "is"; the longer before
/// what they begin with.
pub(super) const RELATIONS: &[(Relation, &str)] = &[
    (Relation::NotEqual, "is not equal to"),
    (Relation::Equal, "is equal to"),
    (Relation::Equal, "is"),
    (Relation::Equal, "are"),
    (Relation::Equal, "equals"),
];

/// What numbers that are only bounded are to their bound in words; the longer before what they
/// begin with.
pub(super) const BOUNDS: &[(Relation, &str)] = &[
    (Relation::GreaterEqual, "greater than or equal to"),
    (Relation::LessEqual, "less than or equal to"),
    (Relation::GreaterEqual, "at least"),
    (Relation::GreaterEqual, "no less than"),
    (Relation::LessEqual, "at most"),
    (Relation::LessEqual, "no more than"),
    (Relation::Greater, "more than"),
    (Relation::Greater, "greater than"),
    (Relation::Less, "less than"),
];

/// Words that stand for infinity.
pub(super) fn is_infinite(words: &str) -> bool {
    matches!(words, "infinite" | "infinitely many" | "infinitely many solution")
}

/// The one spelling of words that say the same.
pub(super) fn canonical(words: &str) -> &str {
    match words {
        "dne" | "undefined" | "not defined" | "do not exist" => "doe not exist",
        _ => words.strip_prefix("the ").unwrap_or(words),
    }
}

/// Words before a colon that say which part of the answer follows: "part a".
pub(super) fn is_part_label(words: &str) -> bool {
    let part = words.strip_prefix("part ").or_else(|| words.strip_prefix("question "));
    part.is_some_and(|label| label.len() <= 2 && label.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Words that name a set: no solution, all real numbers.
pub(super) fn named_set(words: &str) -> Option<char> {
    Some(match words {
        "all real number"
        | "all real"
        | "real number"
        | "the real number"
        | "all real value"
        | "every real number"
        | "the set of all real number"
        | "the set of real number" => 'R',
        "all integer"
        | "every integer"
        | "the integer"
        | "the set of integer"
        | "the set of all integer" => 'Z',
        "no solution"
        | "no real solution"
        | "no real root"
        | "no root"
        | "empty set"
        | "the empty set"
        | "there are no solution"
        | "there is no solution"
        | "there are no real solution"
        | "there is no real solution"
        | "no solution exist" => '∅',
        _ => return None,
    })
}

/// Runs of letters, outside `\text{}`, that are words although they are as short as products are.
pub(super) const SHORT_WORDS: &str = "no on if of is to sq yes odd all any one two six ten red mon tue wed thu fri sat sun \
    may jan feb mar apr jun jul aug sep oct nov dec nan for the not per dne";
