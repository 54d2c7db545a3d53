//! Settings, each written down once: its name, type, default, meaning, and what it accepts.
//!
//! A table of them is a macro that hands its rows to another one, such as [`settings`], which makes
//! the core's struct of them, and the Python bindings' own, which makes Python's class.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::weighed::WeighedReward;

/// What a setting accepts: in words, and which numbers.
pub(crate) struct Accepted {
    pub words: Cow<'static, str>,
    pub number: fn(f64) -> bool,
}

impl Accepted {
    /// Refuses a value by its name.
    pub fn check(&self, name: &str, value: &impl Setting) -> Result<()> {
        match value.number() {
            Some(number) if !(number.is_finite() && (self.number)(number)) => {
                Err(self.refused(name, number))
            }
            _ => Ok(()),
        }
    }

    /// Reads a value from text, blanks around it or not, or refuses it by its name.
    pub fn read<S: Setting>(&self, name: &str, text: &str) -> Result<S> {
        let value = S::from_text(text.trim()).filter(|value| self.check(name, value).is_ok());
        value.ok_or_else(|| self.refused(name, format_args!("{text:?}")))
    }

    /// A word's value, or refuses it by its name.
    #[cfg(feature = "python")]
    pub fn pick<S>(&self, name: &str, word: &str, value: Option<S>) -> Result<S> {
        value.ok_or_else(|| self.refused(name, format_args!("{word:?}")))
    }

    fn refused(&self, name: &str, got: impl std::fmt::Display) -> Error {
        Error::Setting(format!("{name} must be {}, got {got}", self.words))
    }
}

/// Something that can be a setting's value.
pub(crate) trait Setting: Sized {
    /// How a table has it.
    type Written;

    /// From a table's default.
    fn written(default: Self::Written) -> Self;

    /// From text, as environment variables have it; none if it is none of the type's.
    fn from_text(text: &str) -> Option<Self>;

    /// The number that has to be within a range, if it is one.
    fn number(&self) -> Option<f64> {
        None
    }

    /// What is accepted where the table says no more, in words.
    fn words() -> Cow<'static, str>;
}

impl Setting for f64 {
    type Written = Self;

    fn written(default: Self) -> Self {
        default
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn number(&self) -> Option<f64> {
        Some(*self)
    }

    fn words() -> Cow<'static, str> {
        "a finite number".into()
    }
}

impl Setting for Option<f64> {
    type Written = Self;

    fn written(default: Self) -> Self {
        default
    }

    fn from_text(text: &str) -> Option<Self> {
        if text == "None" { Some(None) } else { text.parse().ok().map(Some) }
    }

    fn number(&self) -> Option<f64> {
        *self
    }

    fn words() -> Cow<'static, str> {
        "None or a finite number".into()
    }
}

/// Settings that are lists, whose own struct checks them: no text has them.
macro_rules! lists {
    ($($type:ty, $words:literal;)+) => {
        $(impl Setting for Option<Vec<$type>> {
            type Written = Self;

            fn written(default: Self) -> Self {
                default
            }

            fn from_text(_: &str) -> Option<Self> {
                None
            }

            fn words() -> Cow<'static, str> {
                $words.into()
            }
        })+
    };
}

lists! {
    f64, "None or finite numbers";
    WeighedReward, "None or a list of rewards";
}

impl Setting for bool {
    type Written = Self;

    fn written(default: Self) -> Self {
        default
    }

    fn from_text(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "0" | "false" => Some(false),
            "1" | "true" => Some(true),
            _ => None,
        }
    }

    fn words() -> Cow<'static, str> {
        "0 or 1".into()
    }
}

/// What a row of a table accepts.
macro_rules! accepted {
    ($type:ty) => {
        $crate::settings::Accepted {
            words: <$type as $crate::settings::Setting>::words(),
            number: |_| true,
        }
    };
    ($type:ty, $words:literal, $number:expr) => {
        $crate::settings::Accepted { words: $words.into(), number: $number }
    };
}
pub(crate) use accepted;

/// A struct of the settings in a table, with the attributes and the name that come first.
macro_rules! settings {
    (
        { $(#[$attribute:meta])* $config:ident }
        $($name:ident: $type:ty = $default:tt, $meaning:literal $(, $words:literal, $number:expr)?;)+
    ) => {
        $(#[$attribute])*
        pub struct $config {
            $(#[doc = concat!($meaning $(, "; ", $words)?, ".")] pub $name: $type,)+
        }

        impl Default for $config {
            fn default() -> Self {
                Self { $($name: $crate::settings::Setting::written($default),)+ }
            }
        }

        impl $config {
            /// The names of all settings, in the order of the documentation.
            pub const NAMES: &[&str] = &[$(stringify!($name)),+];

            /// Checks every setting by itself, in the order of the documentation.
            fn check_each(&self) -> $crate::error::Result<()> {
                $($crate::settings::accepted!($type $(, $words, $number)?)
                    .check(stringify!($name), &self.$name)?;)+
                Ok(())
            }

            /// Sets one by its name from text; `label` is what its user calls it.
            #[allow(dead_code)] // Not every table's come as text.
            fn set(&mut self, name: &str, label: &str, text: &str) -> $crate::error::Result<()> {
                match name {
                    $(stringify!($name) => {
                        let accepted = $crate::settings::accepted!($type $(, $words, $number)?);
                        self.$name = accepted.read(label, text)?;
                    })+
                    _ => {
                        return Err($crate::error::Error::Setting(format!(
                            "unknown setting {name:?}; the settings are {}",
                            Self::NAMES.join(", ")
                        )));
                    }
                }
                Ok(())
            }
        }
    };
}
pub(crate) use settings;

/// An enum whose variants are spelled as words in configurations.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The words a configuration may use.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The variant's word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The variant a word names, if it names one.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl $crate::settings::Setting for $name {
            type Written = &'static str;

            fn written(default: &str) -> Self {
                Self::parse(default).expect("a default is one of the words")
            }

            fn from_text(text: &str) -> Option<Self> {
                Self::parse(text)
            }

            fn words() -> std::borrow::Cow<'static, str> {
                format!("one of {}", Self::WORDS.join(", ")).into()
            }
        }
    };
}
pub(crate) use words;
