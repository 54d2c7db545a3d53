//! The core from many threads at once: the same bits as from one.

use std::sync::{Barrier, Mutex};
use std::thread;

use lead_rs::token::{PARALLEL_TOKENS, row_totals, write_advantages};
use lead_rs::{Batch, LeadConfig, WeightController, grade, lead_step};
use ndarray::Array2;
use rayon::ThreadPoolBuilder;

const CALLERS: usize = 4;
const ROUNDS: usize = 3;
const ROWS: usize = 64;
const WIDTH: usize = PARALLEL_TOKENS / ROWS + 1;

/// Every caller begins at the same time.
fn together(work: impl Fn(usize) + Sync) {
    let barrier = Barrier::new(CALLERS);
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (work, barrier) = (&work, &barrier);
            scope.spawn(move || {
                barrier.wait();
                work(caller);
            });
        }
    });
}

fn mask() -> Array2<u8> {
    Array2::from_shape_fn((ROWS, WIDTH), |(row, token)| {
        u8::from(token < 40 * row || (row % 3 == 0 && token % 7 == 0))
    })
}

#[test]
fn token_passes_share_one_pool() {
    let mask = mask();
    let rewards =
        Array2::from_shape_fn(
            mask.dim(),
            |(row, token)| {
                if token % 97 == row % 97 { 0.5_f32 } else { 0.0 }
            },
        );
    let advantage: Vec<f32> = (0..ROWS).map(|row| row as f32 - 9.5).collect();
    let pass = || {
        let totals = row_totals(rewards.view(), mask.view()).unwrap();
        let mut out = Array2::from_elem(mask.dim(), f32::NAN);
        write_advantages(&advantage, &totals, mask.view(), out.view_mut());
        (totals.score, totals.length, out)
    };
    let alone = ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(pass);
    let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    together(|_| {
        for _ in 0..ROUNDS {
            assert_eq!(pool.install(pass), alone);
        }
    });
}

#[test]
fn a_shared_controller_counts_every_step() {
    let batch = Batch::new(&[1.0, 0.0, 1.0], &[1200, 3000, 2500], &[0, 0, 1]).unwrap();
    let shared = Mutex::new(WeightController::new(LeadConfig::default()).unwrap());
    together(|_| {
        for _ in 0..100 {
            lead_step(&mut shared.lock().unwrap(), &batch).unwrap();
        }
    });
    let mut alone = WeightController::new(LeadConfig::default()).unwrap();
    for _ in 0..100 * CALLERS {
        lead_step(&mut alone, &batch).unwrap();
    }
    assert_eq!(*shared.lock().unwrap(), alone);
}

#[test]
fn grading_from_many_threads() {
    let pairs = [(r"\frac{\sqrt2}{2}", r"1/\sqrt2"), ("x^2-1", "(x-1)(x+1)"), ("1", "2")];
    let verdicts: Vec<_> = pairs.map(|(answer, truth)| grade::grade(answer, truth, true)).into();
    together(|caller| {
        for at in 0..pairs.len() {
            let (answer, truth) = pairs[(at + caller) % pairs.len()];
            let verdict = &verdicts[(at + caller) % pairs.len()];
            assert_eq!(&grade::grade(answer, truth, true), verdict);
        }
    });
}
