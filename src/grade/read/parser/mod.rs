//! Tokens to a tree, by recursive descent. The whole grammar; a rule is a method of its name.
//!
//! ```text
//! answer      := ['\Rightarrow'] (parts | statements | items)
//! parts       := '(a)' item [separator] '(b)' item ...               also '(i)', '(ii)', ...
//! statements  := '(1)' '(2)' ...                                     digits in their order
//! items       := item (separator+ item)*                             none between points
//! separator   := ',' | ';' | 'and' | 'or'
//! item        := chain ('\cup' chain)* (again chain)* [condition]
//! again       := [','] ['or'] 'equivalently'
//! condition   := [','] ['where' | 'for' | 'with'] {'any' | 'an' | 'positive' | 'integer'} letter
//!                (',' letter)* ['is' {'any' | 'an'} 'integer' | '\in' '\mathbb' letter]
//!                also in brackets; 'for' 'all' letter alone behind what defines a function of it
//! chain       := ['\approx' | 'about'] side (relation side)* [remark]
//! relation    := 'is' ['greater' | 'less'] ['than'] ... between words and a value | '=' | '\ne' | '<' | '\le' | '>' | '\ge' | '\approx' | '\in' | '\equiv'
//! remark      := '(' (relation | ['or'] 'about') side (relation side)* ')'
//!              | '(' 'or' 'equivalently' side ')' | '(' 'about' ')'
//!              | '(' ['-'] decimal ')' | '(' ['-'] digits '%' ')'      behind a blank, ends the item
//!
//! side        := date | words | opaque | ['-' | 'minus'] [currency] union [measure] {value measure}
//!                [currency] [modulus]
//! opaque      := ('\lim' | '\int' | '\sum' | '\prod' | '\|' | '\#' | '\mathbb{E}' | '\mathbb{P}') ...
//!                up to '='
//! date        := year '-' month '-' day | digits '/' digits '/' year
//!              | month digits [','] [year] | digits month [[','] year]
//! words       := label (':' | 'is') side | ('at least' | 'less than' | ...) sum | set 'except' sums | part ':' side | name '(' items ')'
//!              | name (':' (name | sum))* | amount [measure]
//! name        := word (word | letter | number | '.' | '-')*
//! amount      := cardinal ['-'] [cardinal] | 'half'
//! measure     := (scale | part)* [unit]
//! unit        := '\frac' '{' word '}' '{' word '}' | '{' word '}' | word ['^' exponent] (['.'] ['per' | '/' | '*'] word ['^' exponent])* | '(' word ')'
//! modulus     := '\pmod' sum | '(' 'mod' sum ')'
//!
//! union       := ratio (('\cup' | '\cap' | '\setminus') ratio)*      not beside an inequality
//! ratio       := number 'to' number | sum (':' sum)*                 not in a set's head
//! sum         := ['+' | '-' | '\pm'] product (('+' | '-' | '\pm' | '\mp') {sign} product)*
//! product     := power (('*' | '/') [sign] power | power | '\{' sum '\}')*
//! power       := postfix ['^' exponent marks]*
//! exponent    := {sign} primary ['!'] ['^' exponent]
//! postfix     := primary marks
//! marks       := ('!' | '!!' | '%' | '\circ' [minutes] [scale] | "'" | '^*' | '_' subscript)*
//! minutes     := digits "'" [digits "''"]
//!
//! primary     := number | letter | call | '\infty' | '\emptyset' | '\mathbb' letter | '\ldots'
//!              | '\frac' argument argument | '\binom' argument argument
//!              | '\sqrt' ['[' sum ']'] argument | accent argument | '\angle' letter+
//!              | '{' '}' ('_' | '^') argument ('C' | 'P') '_' argument | ']' items (']' | '[')
//!              | function | brackets | group | '|' sum '|' | environment
//! number      := digits [digits '/' digits | '\frac' argument argument]        mixed
//!              | digits '.' digits accent group | digits '.' '(' digits ')'     repeating
//!              | digits '_' base | '(' digits ')' '_' base
//! argument    := digit | number | letter | primary
//! call        := letter ['_' subscript] '(' items ')'
//! function    := name ['_' argument] ['^' exponent] arguments
//! arguments   := '(' items ')' | '[' items ']' | ['-'] power power*
//! brackets    := '(' items ')' | '[' items ']' | '\lfloor' sum '\rfloor' | '\lceil' sum '\rceil'
//!              | '\{' [items] '\}' | '\{' item ('\mid' | '|' | ':') items '\}'
//! group       := '{' items '}' | '{' sum '\over' sum '}' | '{' sum '\choose' sum '}'
//! environment := '\begin{...matrix}' row ('\\' row)* '\end{...matrix}'
//!              | '\begin{cases}' case ('\\' case)* '\end{cases}'      all with a condition, or none
//!              | '\begin{aligned}' item ([','] ['\\'] item)* '\end{aligned}'
//! row         := item ('&' item)*
//! case        := item [','] ['&' [('if' | 'for')] (item | words) [',']]
//! ```
//!
//! Ambiguities are settled as mathematicians write: `1/2x` is `(1/2)x`, `3\frac12` is a mixed
//! number, `\sin 2x` takes all of `2x`, and `x^10` means `x^{10}`, whatever TeX thinks. Where they
//! would not agree (`\frac123`, `x2`, `30^\circ 15`), there is no reading.

mod arithmetic;
mod brackets;
mod condition;
mod date;
mod environment;
mod functions;
mod items;
mod marks;
mod matrices;
mod numbers;
mod primary;
mod quantity;
mod relation;
mod words;

use super::cursor::Cursor;
use super::failure::Failure;
use super::lexer::Lexed;
use super::token::{Begins, Kind};
use crate::grade::ast::{Id, Name, Names, Node, Tree};
use crate::grade::budget::Budget;

/// Brackets, fractions and exponents inside one another. Bounds the stack.
const MAX_DEPTH: usize = 64;

/// How many known names are looked through in a step.
const NAMES_PER_STEP: usize = 8;

/// There is no tree; why is in the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stop;

type Parsed<T> = Result<T, Stop>;

/// Parses a whole answer.
///
/// `fold_case`: upper and lower case of a letter are one variable.
pub(crate) fn parse(
    lexed: &Lexed<'_>,
    fold_case: bool,
    names: &mut Names,
    budget: &Budget,
) -> Result<(Tree, Id), Failure> {
    let mut parser = Parser {
        cursor: Cursor::new(&lexed.tokens),
        end: lexed.text.len(),
        tree: Tree::with_capacity(lexed.tokens.len()),
        names,
        budget,
        fold_case,
        failure: Failure::Budget,
        depth: 0,
        bars: 0,
        aligned: false,
        in_head: false,
        angle: 0,
        label: None,
        words: None,
    };
    match parser.answer() {
        Ok(root) => Ok((parser.tree, root)),
        Err(Stop) => Err(parser.failure),
    }
}

struct Parser<'t, 's, 'n> {
    cursor: Cursor<'t, 's>,
    /// The length of the text.
    end: usize,
    tree: Tree,
    names: &'n mut Names,
    budget: &'n Budget,
    fold_case: bool,
    /// Why the parser stopped.
    failure: Failure,
    depth: usize,
    /// Open `|`, inside which another one closes.
    bars: usize,
    /// Whether equations are lined up here by `&`.
    aligned: bool,
    /// Whether this is the head of a set, which a bar or a colon ends.
    in_head: bool,
    /// Arguments of functions of an angle, where a degree is a number.
    angle: usize,
    /// The label of the next part, where the answer has parts.
    label: Option<&'static str>,
    /// Words in brackets, which are no operand.
    words: Option<Id>,
}

impl<'s> Parser<'_, 's, '_> {
    fn peek(&self) -> Option<Kind<'s>> {
        self.cursor.peek()
    }

    fn peek_at(&self, ahead: usize) -> Option<Kind<'s>> {
        self.cursor.peek_at(ahead)
    }

    /// How much what is next may begin.
    fn begins(&self) -> Begins {
        self.peek().map_or(Begins::Nothing, Kind::begins)
    }

    fn eat(&mut self, kind: Kind<'_>) -> bool {
        let found = self.peek() == Some(kind);
        if found {
            self.cursor.next();
        }
        found
    }

    fn expect(&mut self, kind: Kind<'_>, otherwise: &'static str) -> Parsed<()> {
        if self.eat(kind) { Ok(()) } else { Err(self.fail(otherwise)) }
    }

    fn push(&mut self, node: Node) -> Id {
        self.tree.push(node)
    }

    fn name(&mut self, name: &str) -> Parsed<Name> {
        self.spend(1 + self.names.len() / NAMES_PER_STEP)?;
        self.names.intern(name).ok_or_else(|| self.over_budget())
    }

    /// What is next is not understood: what it should have been, or why it is nothing.
    fn fail(&mut self, what: &'static str) -> Stop {
        let place = self.cursor.place().unwrap_or(self.end);
        self.failure = Failure::Syntax { what, place };
        Stop
    }

    fn over_budget(&mut self) -> Stop {
        self.failure = Failure::Budget;
        Stop
    }

    fn spend(&mut self, steps: usize) -> Parsed<()> {
        self.budget.spend(steps).ok_or_else(|| self.over_budget())
    }

    /// Something inside something else.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(self.over_budget());
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::read::lexer::{Commas, tokenize};

    fn failure(text: &str, budget: &Budget) -> Option<Failure> {
        let lexed = tokenize(text, Commas::Thousands, &Budget::new()).unwrap();
        parse(&lexed, true, &mut Names::default(), budget).err()
    }

    #[test]
    fn a_failure_says_where() {
        for (text, place) in [
            ("1+", 2),
            ("(1, 2", 5),
            (r"\frac123", 7),
            (r"2 + \phantom{3}", 4),
            ("9 is wrong", 2),
            (r"\begin{pmatrix}1&2\\3\end{pmatrix}", 34),
            ("5 and", 5),
            (r"\text{not} = 5", 6),
        ] {
            let failure = failure(text, &Budget::new()).unwrap();
            assert_eq!(failure.place(), Some(place), "{text}: {}", failure.sentence());
        }
    }

    #[test]
    fn what_is_too_large_is_no_syntax_error() {
        let deep = "(".repeat(100) + "1" + &")".repeat(100);
        assert_eq!(failure(&deep, &Budget::new()), Some(Failure::Budget));
        let budget = Budget::new();
        while budget.spend(1).is_some() {}
        assert_eq!(failure("1+2", &budget), Some(Failure::Budget));
        assert_eq!(failure("1+2", &Budget::new()), None);
    }

    #[test]
    fn the_cost_follows_the_length() {
        let cost = |text: &str| {
            let budget = Budget::new();
            assert_eq!(failure(text, &budget), None, "{text}");
            let mut left = 0;
            while budget.spend(1).is_some() {
                left += 1;
            }
            left
        };
        let whole = cost("1");
        for part in ["1,", "a", "(a)", "x+", "5 cm,", "甲,", r"\{a\},", "1 or ", r"\overline{A}"] {
            let spent = |times: usize| whole - cost(&(part.repeat(times) + "1"));
            assert!(spent(64) < 3 * spent(32), "{part}");
        }
    }
}
