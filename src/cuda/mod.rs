//! The step on an NVIDIA GPU: the same stages as on the CPU, on the caller's memory and stream.
//!
//! `kernels.cu` does what is O(B T) and O(B); one small array of sums crosses to the host, where the
//! controller decides. Agrees with the CPU to rounding, and gives the same bits on every run.
#![allow(unsafe_code)]

mod driver;
mod scalars;

use ndarray::ArrayView1;

use crate::batch::{bad_length, check_sizes, group_rows};
use crate::config::{Aggregator, LeadConfig, LstarMode, Unsolved};
use crate::error::{Error, Result};
use crate::metrics::{self, Metrics};
use crate::token::{self, MaskElement};
use crate::weights::{Instability, WeightController};
use driver::Argument::{Address as Ptr, F64, U32, U64};
use driver::Stream;
use scalars::Scalars;

pub use driver::{Address, device_count};

/// A device and a stream of it, as the driver numbers them.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The device.
    pub device: usize,
    /// A stream of the device's primary context; 0 for the default one.
    pub stream: u64,
}

/// The element type of rewards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RewardType {
    /// float32.
    F32,
    /// bfloat16.
    Bf16,
}

/// The element type of a mask; bool is its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskType {
    /// int64.
    I64,
    /// int32.
    I32,
    /// uint8.
    U8,
    /// float32.
    F32,
}

/// A `[B, T]` array on the device: elements of a row side by side, rows `stride` elements apart.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<T> {
    /// Of the first element.
    pub address: Address,
    /// Elements from one row to the next.
    pub stride: u64,
    /// What its elements are.
    pub element: T,
}

/// One step's responses on the device.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    /// `[B, T]` arrays in, `[B, T]` advantages out.
    Tokens {
        /// `token_level_rewards`.
        rewards: Matrix<RewardType>,
        /// `response_mask`.
        mask: Matrix<MaskType>,
        /// T.
        width: usize,
        /// `[B]` float64, used instead of the rewards' sums, and how many there are.
        correctness: Option<(Address, usize)>,
        /// `[B, T]` float32, contiguous.
        advantages: Address,
    },
    /// `[B]` float64 arrays in, per-response results out.
    Responses {
        /// Correctness scores.
        correctness: Address,
        /// Whole numbers of tokens, and how many there are.
        length: (Address, usize),
        /// `[B]` float32.
        advantages: Address,
        /// `[B]` float64.
        efficiency_reward: Address,
        /// `[B]` float64.
        target_length: Address,
    },
}

/// The device memory a step needs besides its input and output, cut from one piece.
struct Scratch {
    next: Address,
}

impl Scratch {
    /// Room for so many values of `bytes` each, on a boundary that any of them is happy with.
    fn take(&mut self, values: usize, bytes: u64) -> Address {
        let address = self.next;
        self.next += (values as u64 * bytes).next_multiple_of(256);
        address
    }
}

/// Per-response and per-prompt arrays between the kernels. All but the scores and lengths are
/// written before they are read.
struct Arrays {
    score: Address,
    length: Address,
    state: Address,
    reward: Address,
    target: Address,
    z_corr: Address,
    z_eff: Address,
    advantage: Address,
    row: Address,
    start: Address,
    group_correct: Address,
    /// target, mean and variance of correctness, mean and variance of efficiency.
    group: [Address; 5],
    scalars: Address,
}

impl Arrays {
    fn new(scratch: &mut Scratch, size: usize) -> Self {
        let mut of_8 = || scratch.take(size, 8);
        let (score, reward, target, z_corr, z_eff) = (of_8(), of_8(), of_8(), of_8(), of_8());
        let group = [of_8(), of_8(), of_8(), of_8(), of_8()];
        let mut of_4 = || scratch.take(size + 1, 4);
        let (length, state, advantage, row) = (of_4(), of_4(), of_4(), of_4());
        let (start, group_correct) = (of_4(), of_4());
        let scalars = scratch.take(scalars::COUNT, 8);
        Self {
            score,
            length,
            state,
            reward,
            target,
            z_corr,
            z_eff,
            advantage,
            row,
            start,
            group_correct,
            group,
            scalars,
        }
    }
}

/// Bytes of device memory that a step over so many responses needs as scratch.
#[must_use]
pub fn scratch_bytes(size: usize) -> u64 {
    let mut scratch = Scratch { next: 0 };
    Arrays::new(&mut scratch, size);
    scratch.next
}

/// A step whose statistics are known and whose advantages are not written yet.
pub struct Step {
    place: Place,
    input: Input,
    size: u32,
    prompts: usize,
    arrays: Arrays,
    scalars: Scalars,
}

impl Step {
    /// Runs everything up to the batch's scalars, and waits for these. `group` as in
    /// [`Batch::new`](crate::Batch::new).
    ///
    /// # Errors
    /// [`Error::Batch`] in the cases and words of the CPU's; [`Error::Device`] if there is no GPU,
    /// or it fails.
    ///
    /// # Safety
    /// Until the step has been taken and the stream is done with it: the input's addresses are
    /// valid on the stream for `size` rows, and `scratch` for [`scratch_bytes`] of them, on a
    /// boundary of 256 bytes.
    pub unsafe fn begin(
        place: Place,
        input: Input,
        size: usize,
        group: &[u32],
        scratch: Address,
        config: &LeadConfig,
    ) -> Result<Self> {
        let others = match input {
            Input::Tokens { correctness, .. } => correctness.map(|(_, size)| ("correctness", size)),
            Input::Responses { length, .. } => Some(("response_length", length.1)),
        };
        check_sizes(size, &[("index", group.len()), others.unwrap_or(("index", size))])?;
        let rows = i32::try_from(size).ok().and_then(|size| u32::try_from(size).ok());
        let Some(rows) = rows else {
            return Err(Error::Batch(format!("a batch on CUDA has below 2^31 rows, got {size}")));
        };
        let mut arrays = Arrays::new(&mut Scratch { next: scratch }, size);
        let (start, row) = group_rows(group)?;
        let prompts = start.len() - 1;
        // SAFETY: the stream is the caller's; what the kernels touch is the input and the scratch.
        let scalars = unsafe {
            Stream::with(place.device, place.stream, |stream| {
                read_input(stream, input, rows, &mut arrays)?;
                group_step(stream, &start, &row, &arrays, config)?;
                let scalars = batch_scalars(stream, rows, prompts, &arrays, config)?;
                if let Some(row) = scalars.fault(size) {
                    return Err(fault(stream, input, row)?);
                }
                scalars.check(size, |row| {
                    Ok(stream.download::<f64>(arrays.score + 8 * row as u64, 1)?[0])
                })?;
                Ok(scalars)
            })
        }?;
        Ok(Self { place, input, size: rows, prompts, arrays, scalars })
    }

    /// Advances the controller, has the advantages written, and tells the weight of correctness and
    /// the metrics. Does not wait for the device.
    ///
    /// # Errors
    /// [`Error::Device`]; the controller is unchanged then.
    ///
    /// # Safety
    /// As for [`Step::begin`].
    pub unsafe fn finish(self, controller: &mut WeightController) -> Result<(f64, Metrics)> {
        let mut next = controller.clone();
        let (corr, eff) = self.scalars.moments();
        let instability = Instability::new(corr, eff, next.config());
        let lambda_corr = next.advance(&instability);
        let (mean, scale) = self.scalars.whitening(lambda_corr);
        // SAFETY: as in `begin`.
        unsafe {
            Stream::with(self.place.device, self.place.stream, |stream| {
                combine(stream, &self, [lambda_corr, mean, scale])?;
                write(stream, &self)
            })
        }?;
        *controller = next;
        let summary = self.scalars.summary(self.size as usize, self.prompts, lambda_corr);
        let metrics = metrics::named(&summary, &instability, lambda_corr, controller);
        Ok((lambda_corr, metrics))
    }
}

const THREADS: u32 = 256;

/// Threads for a block with so much to do.
fn threads_for(work: usize) -> u32 {
    u32::try_from(work.next_multiple_of(32)).map_or(THREADS, |n| n.clamp(32, THREADS))
}

/// Scores, lengths and states of the rows; for responses the caller's own arrays take their places.
unsafe fn read_input(stream: Stream, input: Input, size: u32, arrays: &mut Arrays) -> Result<()> {
    match input {
        Input::Tokens { rewards, mask, width, correctness, .. } => {
            let name = format!("row_totals_{}_{}", rewards.name(), mask.name());
            let arguments = [
                Ptr(rewards.address),
                U64(rewards.stride),
                Ptr(mask.address),
                U64(mask.stride),
                U32(columns(width)?),
                Ptr(arrays.score),
                Ptr(arrays.length),
                Ptr(arrays.state),
            ];
            // SAFETY: as the kernel declares; the caller vouches for the matrices.
            unsafe { stream.launch(&name, size, threads_for(width.div_ceil(4)), &arguments) }?;
            if let Some((correctness, _)) = correctness {
                arrays.score = correctness;
            }
        }
        Input::Responses { correctness, length, efficiency_reward, target_length, advantages } => {
            let arguments = [Ptr(length.0), U32(size), Ptr(arrays.length), Ptr(arrays.state)];
            // SAFETY: as the kernel declares; the caller vouches for the lengths.
            unsafe { stream.launch("whole_lengths", size.div_ceil(THREADS), THREADS, &arguments) }?;
            arrays.score = correctness;
            arrays.reward = efficiency_reward;
            arrays.target = target_length;
            arrays.advantage = advantages;
        }
    }
    Ok(())
}

/// The kernels count a row's tokens in 32 bits, with room for one stride more.
fn columns(width: usize) -> Result<u32> {
    match i32::try_from(width) {
        Ok(width) => Ok(width.unsigned_abs()),
        Err(_) => Err(Error::Batch(format!("T must be below 2^31 on CUDA, got {width}"))),
    }
}

unsafe fn group_step(
    stream: Stream,
    start: &[usize],
    row: &[u32],
    arrays: &Arrays,
    config: &LeadConfig,
) -> Result<()> {
    let largest = start.windows(2).map(|w| w[1] - w[0]).max().unwrap_or(0);
    let start: Vec<u32> =
        start.iter().map(|&at| u32::try_from(at).expect("below 2^31 rows")).collect();
    let mode = match config.lstar_mode {
        LstarMode::MaxSym => 0,
        LstarMode::MaxAsym => 1,
        LstarMode::UpperOnly => 2,
    };
    let aggregator = match config.aggregator {
        Aggregator::MeanCorrect => 0,
        Aggregator::MinCorrect => 1,
        Aggregator::MedianCorrect => 2,
        Aggregator::MeanAll => 3,
    };
    let [target, mean_corr, var_corr, mean_eff, var_eff] = arrays.group;
    let arguments = [
        Ptr(arrays.row),
        Ptr(arrays.start),
        Ptr(arrays.score),
        Ptr(arrays.length),
        F64(config.bmax),
        F64(config.lstar_min),
        F64(config.min_length),
        U32(mode),
        U32(aggregator),
        U32(u32::from(config.unsolved == Unsolved::Neutral)),
        Ptr(arrays.reward),
        Ptr(arrays.target),
        Ptr(arrays.z_corr),
        Ptr(arrays.z_eff),
        Ptr(target),
        Ptr(arrays.group_correct),
        Ptr(mean_corr),
        Ptr(var_corr),
        Ptr(mean_eff),
        Ptr(var_eff),
    ];
    let prompts = u32::try_from(start.len() - 1).expect("below 2^31 rows");
    // SAFETY: the arrays hold as many values; the arguments are as the kernel declares.
    unsafe {
        stream.upload(arrays.row, row)?;
        stream.upload(arrays.start, &start)?;
        stream.launch("group_step", prompts, threads_for(largest), &arguments)
    }
}

unsafe fn batch_scalars(
    stream: Stream,
    size: u32,
    prompts: usize,
    arrays: &Arrays,
    config: &LeadConfig,
) -> Result<Scalars> {
    let [target, mean_corr, var_corr, mean_eff, var_eff] = arrays.group;
    let arguments = [
        U32(size),
        U32(u32::try_from(prompts).expect("below 2^31 rows")),
        Ptr(arrays.score),
        Ptr(arrays.length),
        Ptr(arrays.state),
        Ptr(arrays.reward),
        Ptr(arrays.z_corr),
        Ptr(arrays.z_eff),
        Ptr(target),
        Ptr(arrays.group_correct),
        Ptr(mean_corr),
        Ptr(var_corr),
        Ptr(mean_eff),
        Ptr(var_eff),
        F64(config.bmax),
        Ptr(arrays.scalars),
    ];
    // SAFETY: the arrays hold as many values; the arguments are as the kernel declares.
    let values = unsafe {
        stream.launch("batch_scalars", 5, 2 * THREADS, &arguments)?;
        stream.download::<f64>(arrays.scalars, scalars::COUNT)
    }?;
    let values = <&[f64; scalars::COUNT]>::try_from(&values[..]).expect("as many as asked for");
    Ok(Scalars::new(values))
}

unsafe fn combine(stream: Stream, step: &Step, [lambda, mean, scale]: [f64; 3]) -> Result<()> {
    let arguments = [
        U32(step.size),
        Ptr(step.arrays.length),
        Ptr(step.arrays.z_corr),
        Ptr(step.arrays.z_eff),
        F64(lambda),
        F64(mean),
        F64(scale),
        Ptr(step.arrays.advantage),
    ];
    // SAFETY: the arrays hold as many values; the arguments are as the kernel declares.
    unsafe { stream.launch("combine", step.size.div_ceil(THREADS), THREADS, &arguments) }
}

unsafe fn write(stream: Stream, step: &Step) -> Result<()> {
    let Input::Tokens { mask, width, advantages, .. } = step.input else { return Ok(()) };
    let arguments = [
        Ptr(step.arrays.advantage),
        Ptr(step.arrays.length),
        Ptr(step.arrays.state),
        Ptr(mask.address),
        U64(mask.stride),
        U32(columns(width)?),
        Ptr(advantages),
    ];
    let name = format!("write_{}", mask.name());
    // SAFETY: as the kernel declares; the caller vouches for the mask and the output.
    unsafe { stream.launch(&name, step.size, threads_for(width.div_ceil(4)), &arguments) }
}

impl Matrix<RewardType> {
    fn name(&self) -> &'static str {
        match self.element {
            RewardType::F32 => "float",
            RewardType::Bf16 => "bf16",
        }
    }

    /// A row's values.
    unsafe fn row(&self, stream: Stream, row: usize, width: usize) -> Result<Vec<f32>> {
        let first = row as u64 * self.stride;
        // SAFETY: the caller vouches for the matrix.
        unsafe {
            match self.element {
                RewardType::F32 => stream.download(self.address + 4 * first, width),
                RewardType::Bf16 => {
                    let bits: Vec<u16> = stream.download(self.address + 2 * first, width)?;
                    Ok(bits.iter().map(|&bits| f32::from_bits(u32::from(bits) << 16)).collect())
                }
            }
        }
    }
}

impl Matrix<MaskType> {
    fn name(&self) -> &'static str {
        match self.element {
            MaskType::I64 => "i64",
            MaskType::I32 => "i32",
            MaskType::U8 => "u8",
            MaskType::F32 => "float",
        }
    }
}

/// What is wrong with a row that a kernel found at fault, in the CPU's words: the row is fetched.
unsafe fn fault(stream: Stream, input: Input, row: usize) -> Result<Error> {
    unsafe fn of<M: MaskElement + Default>(
        stream: Stream,
        row: usize,
        rewards: &[f32],
        mask: Address,
    ) -> Result<Error> {
        // SAFETY: the caller vouches for the matrix.
        let mask: Vec<M> = unsafe { stream.download(mask, rewards.len()) }?;
        Ok(token::fault(row, ArrayView1::from(rewards), ArrayView1::from(&mask)))
    }
    // SAFETY: the caller vouches for the input.
    unsafe {
        match input {
            Input::Responses { length, .. } => {
                let value = stream.download::<f64>(length.0 + 8 * row as u64, 1)?[0];
                Ok(bad_length("response_length", value, row))
            }
            Input::Tokens { rewards, mask, width, .. } => {
                let values = rewards.row(stream, row, width)?;
                let at = |bytes: u64| mask.address + row as u64 * mask.stride * bytes;
                match mask.element {
                    MaskType::I64 => of::<i64>(stream, row, &values, at(8)),
                    MaskType::I32 => of::<i32>(stream, row, &values, at(4)),
                    MaskType::U8 => of::<u8>(stream, row, &values, at(1)),
                    MaskType::F32 => of::<f32>(stream, row, &values, at(4)),
                }
            }
        }
    }
}
