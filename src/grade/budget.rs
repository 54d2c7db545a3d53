//! The bound on the work that one grading may do: one, made in `grade` and paid by every loop over
//! text, tokens, trees and values.

use std::cell::Cell;

/// Steps of about 25 nanoseconds: half a millisecond.
const STEPS: usize = 20_000;

/// What is left of a grading's steps.
#[derive(Debug)]
pub(crate) struct Budget(Cell<usize>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Cell::new(STEPS))
    }

    /// Takes steps away; `None` when they are used up.
    pub(crate) fn spend(&self, steps: usize) -> Option<()> {
        let left = self.0.get().checked_sub(steps);
        self.0.set(left.unwrap_or(0));
        left.map(|_| ())
    }

    /// Whether all is used up: what was not decided by now stays so.
    pub(crate) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }

    /// Does work that may take no more than one part in `parts` of what is left, so that giving up
    /// on it leaves something for another way.
    pub(crate) fn within<T>(&self, parts: usize, work: impl FnOnce(&Self) -> T) -> T {
        let allowed = self.0.get() / parts;
        let part = Self(Cell::new(allowed));
        let result = work(&part);
        self.0.set(self.0.get() - (allowed - part.0.get()));
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_paid_by_the_whole() {
        let budget = Budget::new();
        assert_eq!(budget.within(4, |part| part.spend(STEPS / 4)), Some(()));
        assert_eq!(budget.within(4, |part| part.spend(STEPS / 4)), None);
        assert!(!budget.is_spent());
        assert_eq!(budget.spend(STEPS), None);
        assert!(budget.is_spent());
    }
}
