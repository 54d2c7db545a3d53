//! The CUDA driver, found at run time: what is needed of it, with every failure as an [`Error`].
#![allow(unsafe_code)]

use std::ffi::{CString, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use cudarc::driver::{DriverError, result, sys};
use rustc_hash::FxHashMap;

use crate::error::{Error, Result};

/// For compute capability 8.0 and above; made by `make ptx`.
const PTX: &str = concat!(include_str!("kernels.ptx"), "\0");

/// A pointer to the device's memory.
pub type Address = u64;

/// The number of devices.
///
/// # Errors
/// [`Error::Device`], which says why there is none to be had.
pub fn device_count() -> Result<usize> {
    static INITIALISED: OnceLock<Result<usize>> = OnceLock::new();
    INITIALISED
        .get_or_init(|| {
            // SAFETY: loads the library and lets go of it; its initialisers are NVIDIA's.
            if !unsafe { sys::is_culib_present() } {
                return Err(unavailable("there is no driver library (libcuda.so.1)"));
            }
            guarded(|| {
                result::init().map_err(|error| unavailable(&text(error)))?;
                let count = result::device::get_count().map_err(|e| unavailable(&text(e)))?;
                match usize::try_from(count) {
                    Ok(count @ 1..) => Ok(count),
                    _ => Err(unavailable("the driver has no device")),
                }
            })
        })
        .clone()
}

fn unavailable(why: &str) -> Error {
    Error::Device(format!("CUDA is not available: {why}"))
}

fn text(error: DriverError) -> String {
    format!("{:?}", error.0)
}

fn failed(what: &str) -> impl Fn(DriverError) -> Error + '_ {
    move |error| Error::Device(format!("CUDA: {what} failed with {}", text(error)))
}

/// cudarc panics where the driver is too old to have a function, and says its name.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no word");
        Err(match words.strip_prefix("Missing symbol ").and_then(|rest| rest.split_once(':')) {
            Some((function, _)) => {
                unavailable(&format!("the driver lacks {function}: it is too old"))
            }
            None => Error::Device(format!("CUDA: a fault in lead_rs, please report it: {words}")),
        })
    })
}

/// A device with the kernels loaded. Kept for the process's life.
struct Device {
    context: sys::CUcontext,
    module: sys::CUmodule,
    kernels: Mutex<FxHashMap<String, Kernel>>,
}

#[derive(Clone, Copy)]
struct Kernel(sys::CUfunction);

// SAFETY: the driver's handles may be used by any thread, and these are never destroyed.
unsafe impl Send for Device {}
// SAFETY: as above.
unsafe impl Sync for Device {}
// SAFETY: as above.
unsafe impl Send for Kernel {}

fn device(ordinal: usize) -> Result<&'static Device> {
    static DEVICES: LazyLock<Mutex<FxHashMap<usize, &'static Device>>> =
        LazyLock::new(Mutex::default);
    let count = device_count()?;
    if ordinal >= count {
        return Err(Error::Device(format!("CUDA: there is no device {ordinal}, only {count}")));
    }
    let mut devices = DEVICES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(device) = devices.get(&ordinal) {
        return Ok(device);
    }
    let number = i32::try_from(ordinal).expect("the driver counts in i32");
    let handle = result::device::get(number).map_err(failed("cuDeviceGet"))?;
    // SAFETY: a device the driver has just named; its primary context, which torch uses too, is
    // retained and never released.
    let context = unsafe { result::primary_ctx::retain(handle) }
        .map_err(failed("cuDevicePrimaryCtxRetain"))?;
    // SAFETY: the context has just been retained.
    unsafe { result::ctx::set_current(context) }.map_err(failed("cuCtxSetCurrent"))?;
    // SAFETY: the image is text that ends in a zero byte, as the driver wants PTX.
    let module = unsafe { result::module::load_data(PTX.as_ptr().cast()) }
        .map_err(failed("loading the kernels (for compute capability 8.0 and above)"))?;
    let device = &*Box::leak(Box::new(Device { context, module, kernels: Mutex::default() }));
    devices.insert(ordinal, device);
    Ok(device)
}

impl Device {
    fn kernel(&self, name: &str) -> Result<Kernel> {
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&kernel) = kernels.get(name) {
            return Ok(kernel);
        }
        let c_name = CString::new(name).expect("kernel names have no zero byte");
        // SAFETY: the module is loaded and never unloaded.
        let function = unsafe { result::module::get_function(self.module, c_name) };
        let kernel = Kernel(function.map_err(failed(name))?);
        kernels.insert(name.into(), kernel);
        Ok(kernel)
    }
}

/// A stream of the caller's, on which all of a step happens in order.
#[derive(Clone, Copy)]
pub struct Stream {
    device: &'static Device,
    handle: sys::CUstream,
}

/// What a kernel is launched with.
#[derive(Clone, Copy)]
pub enum Argument {
    Address(Address),
    U64(u64),
    U32(u32),
}

impl Stream {
    /// Runs `work` on the caller's stream of a device.
    ///
    /// # Safety
    /// `handle` is 0 or a stream of the device's primary context that outlives the call.
    pub unsafe fn with<T>(
        ordinal: usize,
        handle: u64,
        work: impl FnOnce(Self) -> Result<T>,
    ) -> Result<T> {
        device_count()?;
        guarded(|| {
            let device = device(ordinal)?;
            // SAFETY: the context is kept for the process's life.
            unsafe { result::ctx::set_current(device.context) }
                .map_err(failed("cuCtxSetCurrent"))?;
            work(Self { device, handle: handle as sys::CUstream })
        })
    }

    /// Launches a kernel of this crate.
    ///
    /// # Safety
    /// The arguments are those the kernel declares, and its addresses are valid on this stream for
    /// all that it reads and writes.
    pub unsafe fn launch(
        self,
        name: &str,
        blocks: u32,
        threads: u32,
        arguments: &[Argument],
    ) -> Result<()> {
        let kernel = self.device.kernel(name)?;
        // The driver reads as many bytes of each as the kernel declares: the lower ones.
        let mut values: Vec<u64> = arguments
            .iter()
            .map(|&argument| match argument {
                Argument::Address(x) | Argument::U64(x) => x,
                Argument::U32(x) => x.into(),
            })
            .collect();
        let mut pointers: Vec<*mut c_void> =
            values.iter_mut().map(|value| std::ptr::from_mut(value).cast()).collect();
        // SAFETY: the kernel is loaded, the values live until the driver has copied them, and the
        // caller vouches for their number and meaning.
        unsafe {
            result::launch_kernel(
                kernel.0,
                (blocks, 1, 1),
                (threads, 1, 1),
                0,
                self.handle,
                &mut pointers,
            )
        }
        .map_err(failed(name))
    }

    /// Copies to the device. The driver has taken the values when this returns.
    ///
    /// # Safety
    /// `to` is valid on this stream for as many values.
    pub unsafe fn upload<T>(self, to: Address, values: &[T]) -> Result<()> {
        // SAFETY: the caller vouches for `to`; ordinary memory is staged before the call returns.
        unsafe { result::memcpy_htod_async(to, values, self.handle) }
            .map_err(failed("copying to the device"))
    }

    /// Copies from the device, when all before it on the stream is done.
    ///
    /// # Safety
    /// `from` is valid on this stream for as many values.
    pub unsafe fn download<T: Copy + Default>(self, from: Address, size: usize) -> Result<Vec<T>> {
        let mut values = vec![T::default(); size];
        // SAFETY: the caller vouches for `from`; the values live until the stream is done.
        unsafe { result::memcpy_dtoh_async(&mut values, from, self.handle) }
            .map_err(failed("copying from the device"))?;
        // SAFETY: the caller's stream is alive.
        unsafe { result::stream::synchronize(self.handle) }.map_err(failed("the step"))?;
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_as_what_it_is() {
        let told = |work: fn() -> Result<()>| guarded(work).unwrap_err().to_string();
        let missing = told(|| panic!("Missing symbol {}: {}", "cuLaunchKernel", "no such symbol"));
        assert!(missing.ends_with("the driver lacks cuLaunchKernel: it is too old"), "{missing}");
        for fault in [told(|| panic!("index 3 of {}", 2)), told(|| panic!("index 3 of 2"))] {
            assert!(fault.ends_with("please report it: index 3 of 2"), "{fault}");
        }
    }
}
