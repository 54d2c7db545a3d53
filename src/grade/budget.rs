//! A bound on the work that one comparison may do.

use std::cell::Cell;

/// Steps of about 20 nanoseconds.
const STEPS: usize = 15_000;

/// What is left of a comparison's steps.
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
}
