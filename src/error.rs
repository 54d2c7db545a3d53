//! The one error type of the core.

/// Why a call was refused. Nothing has been changed when one is returned.
///
/// Every message names the argument, says what came, and says what is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A setting is outside its range or not one of its words.
    Setting(String),
    /// The batch's arrays disagree or hold values that have no meaning.
    Batch(String),
    /// A controller state cannot be restored.
    State(String),
    /// There is no GPU to compute on, or its driver has reported an error.
    Device(String),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Setting(text) | Self::Batch(text) | Self::State(text) | Self::Device(text) => {
                f.write_str(text)
            }
        }
    }
}

impl std::error::Error for Error {}

/// The core's result.
pub type Result<T> = std::result::Result<T, Error>;
