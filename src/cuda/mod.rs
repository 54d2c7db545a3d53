//! Token arrays on an NVIDIA GPU: the two passes of [`token`](crate::token) there, on the caller's
//! memory and stream. What lies between them is the CPU's, a few numbers per response, and so are the
//! bits of its results.
#![allow(unsafe_code)]

mod driver;

use ndarray::ArrayView1;

use crate::error::{Error, Result};
use crate::token::{MaskElement, RowTotals, fault};
use driver::Argument::{Address as Ptr, U32, U64};
use driver::Stream;

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

/// One step's `[B, T]` arrays on a device.
#[derive(Debug, Clone, Copy)]
pub struct Tokens {
    place: Place,
    rewards: Matrix<RewardType>,
    mask: Matrix<MaskType>,
    out: Address,
    totals: Address,
    advantage: Address,
    size: u32,
    width: u32,
}

/// A row's total as the kernels have it.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
struct Total {
    score: f64,
    length: u32,
    state: u32,
}

/// A row's state: its valid tokens are its first ones, or (1) they are not, or it is at fault.
const PREFIX: u32 = 0;
const FAULT: u32 = 2;

/// Bytes of device memory that a step over so many responses needs besides its arrays: a total and
/// an advantage each.
#[must_use]
pub fn scratch_bytes(size: usize) -> usize {
    (size_of::<Total>() + size_of::<f32>()) * size
}

impl Tokens {
    /// `token_level_rewards` and `response_mask` of shape `[B, T]`, a contiguous float32 `out` for the
    /// advantages, and [`scratch_bytes`] of memory on a boundary of 16 bytes.
    ///
    /// # Errors
    /// [`Error::Batch`] for a shape beyond what the kernels count.
    ///
    /// # Safety
    /// Until the stream is done with the last call, the addresses are valid on it for as much.
    pub unsafe fn new(
        place: Place,
        rewards: Matrix<RewardType>,
        mask: Matrix<MaskType>,
        shape: (usize, usize),
        scratch: Address,
        out: Address,
    ) -> Result<Self> {
        // With room for one stride more in 32 bits.
        let counted = |name: &str, n: usize| match i32::try_from(n) {
            Ok(n) => Ok(n.unsigned_abs()),
            Err(_) => Err(Error::Batch(format!("{name} must be below 2^31 on CUDA, got {n}"))),
        };
        let (size, width) = (counted("B", shape.0)?, counted("T", shape.1)?);
        let advantage = scratch + (size_of::<Total>() * shape.0) as u64;
        Ok(Self { place, rewards, mask, out, totals: scratch, advantage, size, width })
    }

    /// Has the rows summed up. Does not wait for the device.
    ///
    /// # Errors
    /// [`Error::Device`] if there is no GPU, or it fails.
    pub fn sum_rows(&self) -> Result<()> {
        let name = format!("row_totals_{}_{}", self.rewards.name(), self.mask.name());
        let arguments = [
            Ptr(self.rewards.address),
            U64(self.rewards.stride),
            Ptr(self.mask.address),
            U64(self.mask.stride),
            U32(self.width),
            Ptr(self.totals),
        ];
        self.launch(&name, &arguments)
    }

    /// The rows' totals, as [`row_totals`](crate::token::row_totals) has them, when the device has
    /// [summed them up](Self::sum_rows).
    ///
    /// # Errors
    /// As `row_totals`; [`Error::Device`] if the GPU fails.
    pub fn totals(&self) -> Result<RowTotals> {
        self.on_stream(|stream| {
            // SAFETY: there is room for as many, as `new` was told.
            let totals: Vec<Total> = unsafe { stream.download(self.totals, self.size as usize) }?;
            if let Some(row) = totals.iter().position(|total| total.state == FAULT) {
                return Err(self.fault(stream, row)?);
            }
            Ok(RowTotals {
                score: totals.iter().map(|total| total.score).collect(),
                length: totals.iter().map(|total| total.length).collect(),
                prefix: totals.iter().map(|total| total.state == PREFIX).collect(),
            })
        })
    }

    /// Has each response's advantage written on its valid tokens and 0 elsewhere. Does not wait for
    /// the device.
    ///
    /// # Errors
    /// [`Error::Device`] if the GPU fails.
    ///
    /// # Panics
    /// If there is not one advantage per response.
    pub fn write(&self, advantage: &[f32]) -> Result<()> {
        assert_eq!(advantage.len(), self.size as usize, "one advantage per response");
        // SAFETY: there is room for as many, as `new` was told.
        self.on_stream(|stream| unsafe { stream.upload(self.advantage, advantage) })?;
        let arguments = [
            Ptr(self.advantage),
            Ptr(self.totals),
            Ptr(self.mask.address),
            U64(self.mask.stride),
            U32(self.width),
            Ptr(self.out),
        ];
        self.launch(&format!("write_{}", self.mask.name()), &arguments)
    }

    /// A block a row.
    fn launch(&self, name: &str, arguments: &[driver::Argument]) -> Result<()> {
        if self.size == 0 {
            return Ok(());
        }
        // A warp at least, and eight at most, that take four tokens at a time.
        let threads = self.width.div_ceil(4).next_multiple_of(32).clamp(32, 256);
        // SAFETY: the arguments are as the kernel declares; the arrays are as `new` was told.
        self.on_stream(|stream| unsafe { stream.launch(name, self.size, threads, arguments) })
    }

    fn on_stream<T>(&self, work: impl FnOnce(Stream) -> Result<T>) -> Result<T> {
        // SAFETY: the stream is alive, as `new` was told.
        unsafe { Stream::with(self.place.device, self.place.stream, work) }
    }

    /// What is wrong with a row that a kernel found at fault, in the CPU's words: the row is fetched.
    fn fault(&self, stream: Stream, row: usize) -> Result<Error> {
        let mask = |bytes: u64| self.mask.address + row as u64 * self.mask.stride * bytes;
        match self.mask.element {
            MaskType::I64 => self.fault_in::<i64>(stream, row, mask(8)),
            MaskType::I32 => self.fault_in::<i32>(stream, row, mask(4)),
            MaskType::U8 => self.fault_in::<u8>(stream, row, mask(1)),
            MaskType::F32 => self.fault_in::<f32>(stream, row, mask(4)),
        }
    }

    fn fault_in<M: MaskElement + Default>(
        &self,
        stream: Stream,
        row: usize,
        mask: Address,
    ) -> Result<Error> {
        let (first, width) = (row as u64 * self.rewards.stride, self.width as usize);
        // SAFETY: the row is within the arrays, as `new` was told.
        let (rewards, mask) = unsafe {
            let rewards: Vec<f32> = match self.rewards.element {
                RewardType::F32 => stream.download(self.rewards.address + 4 * first, width)?,
                RewardType::Bf16 => {
                    let bits: Vec<u16> =
                        stream.download(self.rewards.address + 2 * first, width)?;
                    bits.iter().map(|&bits| f32::from_bits(u32::from(bits) << 16)).collect()
                }
            };
            (rewards, stream.download::<M>(mask, width)?)
        };
        Ok(fault(row, ArrayView1::from(&rewards), ArrayView1::from(&mask)))
    }
}

impl Matrix<RewardType> {
    fn name(&self) -> &'static str {
        match self.element {
            RewardType::F32 => "float",
            RewardType::Bf16 => "bf16",
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
