//! LEAD (arXiv:2605.09806): length-efficient reinforcement learning for reasoning models.
//!
//! One training step takes B responses to a number of prompts, several to each ([`batch`]), and
//! gives every response one advantage, the same for all its tokens:
//!
//! 1. [`target_length`]: a target length L* per prompt, from the model's own correct responses;
//! 2. [`efficiency`]: an efficiency reward r around L*;
//! 3. [`group`]: correctness and r each normalised within the prompt's group, and the total variance
//!    of each;
//! 4. [`instability`]: Potential-Scaled Instability, from each reward's variance and potential;
//! 5. [`weights`]: an EMA of the weights it calls for, the correctness weight floored;
//! 6. [`advantage`]: the weighted sum of the two normalised rewards, whitened over the batch's valid
//!    tokens; besides, all that is worth a look ([`metrics`]).
//!
//! Correctness and efficiency are the two rewards of the paper. The settings may list any number of
//! others instead ([`weighed`]); from stage 3 on all are treated alike.
//!
//! All of it is O(B) for each reward, and the same bits in whatever order the responses come ([`statistics`]). What
//! touches the `[B, T]` arrays is in [`token`]: row totals in, advantages out; in `cuda` where they
//! are on an NVIDIA GPU. The settings are in [`config`]. The scores that come in are made by
//! [`reward`], with the verdicts of [`grade`].
//!
//! ```
//! use lead_rs::{Batch, LeadConfig, WeightController, lead_step};
//!
//! # fn main() -> lead_rs::Result<()> {
//! let mut controller = WeightController::new(LeadConfig::default())?;
//! let batch = Batch::new(
//!     &[1.0, 1.0, 0.0, 1.0],      // correctness
//!     &[1200, 2600, 3100, 1900],  // response length in tokens
//!     &[0, 0, 1, 1],              // the prompt each response belongs to
//! )?;
//! let out = lead_step(&mut controller, &batch)?;
//! assert_eq!(out.target_length.unwrap(), [1900.0; 4]);
//! assert!(out.advantage[0] > out.advantage[2]);
//! # Ok(())
//! # }
//! ```

pub mod advantage;
pub mod batch;
pub mod config;
pub mod efficiency;
pub mod error;
pub mod grade;
pub mod group;
pub mod instability;
pub mod metrics;
pub mod reward;
mod settings;
mod state;
pub mod statistics;
pub mod target_length;
pub mod token;
pub mod weighed;
pub mod weights;
mod whiten;

#[cfg(feature = "cuda")]
pub mod cuda;

#[cfg(feature = "python")]
mod python;

pub use advantage::{LeadOutput, lead_step};
pub use batch::Batch;
pub use config::LeadConfig;
pub use error::{Error, Result};
pub use weighed::WeighedReward;
pub use weights::WeightController;
