//! Settings for Python: the classes of a table's rows.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyString};

use super::arguments::{entry, is_bool, refused};
use super::errors::LeadError;
use crate::error::Result;
use crate::grade::Tolerance;
use crate::settings::{Accepted, Setting};
use crate::weighed::{Over, WeighedReward};

/// A setting as Python has it.
pub trait Argument: Setting {
    /// As the constructor takes it.
    type Given<'a>;

    /// As Python is shown it.
    type Shown: for<'py> IntoPyObject<'py>;

    /// The kind of value that is taken, in words.
    const KIND: &'static str;

    fn extract<'a>(value: &'a Bound<'_, PyAny>) -> Option<Self::Given<'a>>;

    fn take(given: Self::Given<'_>, name: &str, accepted: &Accepted) -> Result<Self>;

    fn shown(&self) -> Self::Shown;

    /// A value of another type is refused by the argument's name.
    fn given<'a>(value: &'a Bound<'_, PyAny>, name: &str) -> PyResult<Self::Given<'a>> {
        let boolean = Self::KIND != bool::KIND && is_bool(value);
        let given = if boolean { None } else { Self::extract(value) };
        given.ok_or_else(|| refused(value, name, Self::KIND))
    }
}

/// Types that are the same on both sides.
macro_rules! plain {
    ($($type:ty, $kind:literal;)+) => {
        $(impl Argument for $type {
            type Given<'a> = Self;
            type Shown = Self;
            const KIND: &'static str = $kind;

            fn extract(value: &Bound<'_, PyAny>) -> Option<Self> {
                value.extract().ok()
            }

            fn take(given: Self, name: &str, accepted: &Accepted) -> Result<Self> {
                accepted.check(name, &given)?;
                Ok(given)
            }

            fn shown(&self) -> Self {
                *self
            }
        })+
    };
}

plain! {
    f64, "a number";
    Option<f64>, "a number or None";
    bool, "a bool";
}

/// A tolerance as Python gives it.
pub enum GivenTolerance<'a> {
    Relative(f64),
    Word(&'a str),
}

/// A tolerance as Python is shown it.
#[derive(IntoPyObject)]
pub enum ShownTolerance {
    Relative(f64),
    Word(&'static str),
}

impl Argument for Tolerance {
    type Given<'a> = Option<GivenTolerance<'a>>;
    type Shown = Option<ShownTolerance>;
    const KIND: &'static str = "None, \"rounding\" or a number";

    fn extract<'a>(value: &'a Bound<'_, PyAny>) -> Option<Self::Given<'a>> {
        if value.is_none() {
            return Some(None);
        }
        let number = value.extract().ok().map(GivenTolerance::Relative);
        number.or_else(|| value.extract().ok().map(GivenTolerance::Word)).map(Some)
    }

    fn take(given: Self::Given<'_>, name: &str, accepted: &Accepted) -> Result<Self> {
        let tolerance = match given {
            None => Self::Exact,
            Some(GivenTolerance::Relative(part)) => Self::Relative(part),
            Some(GivenTolerance::Word(word)) => {
                let known = (word == Self::ROUNDING).then_some(Self::Rounding);
                accepted.pick(name, word, known)?
            }
        };
        accepted.check(name, &tolerance)?;
        Ok(tolerance)
    }

    fn shown(&self) -> Self::Shown {
        match *self {
            Self::Exact => None,
            Self::Relative(part) => Some(ShownTolerance::Relative(part)),
            Self::Rounding => Some(ShownTolerance::Word(Self::ROUNDING)),
        }
    }
}

impl Argument for Option<Vec<f64>> {
    type Given<'a> = Self;
    type Shown = Self;
    const KIND: &'static str = "a list of numbers or None";

    fn extract(value: &Bound<'_, PyAny>) -> Option<Self> {
        if value.is_none() {
            return Some(None);
        }
        let number = |item: PyResult<Bound<'_, PyAny>>| {
            let item = item.ok().filter(|item| !is_bool(item))?;
            // Adding 0 makes zeros alike, whose hashes differ otherwise.
            item.extract::<f64>().ok().map(|number| number + 0.0)
        };
        items(value)?.map(number).collect::<Option<_>>().map(Some)
    }

    fn take(given: Self, _: &str, _: &Accepted) -> Result<Self> {
        Ok(given)
    }

    fn shown(&self) -> Self {
        self.clone()
    }
}

/// What is in a list, or in anything like one; none for a text or a mapping, which are none.
fn items<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyIterator>> {
    let no_list = value.is_instance_of::<PyString>() || value.hasattr("keys").unwrap_or(true);
    if no_list { None } else { value.try_iter().ok() }
}

/// A reward as Python is shown it: a dict.
#[derive(IntoPyObject)]
pub struct ShownReward {
    name: String,
    key: String,
    min: f64,
    max: f64,
    over: &'static str,
    floor: f64,
}

impl Argument for Option<Vec<WeighedReward>> {
    type Given<'a> = Self;
    type Shown = Option<Vec<ShownReward>>;
    const KIND: &'static str = "a list of dicts or None";

    fn extract(value: &Bound<'_, PyAny>) -> Option<Self> {
        value.is_none().then_some(None)
    }

    fn take(given: Self, _: &str, _: &Accepted) -> Result<Self> {
        Ok(given)
    }

    fn shown(&self) -> Self::Shown {
        let show = |reward: &WeighedReward| {
            let WeighedReward { name, key, min, max, over, floor } = reward.clone();
            ShownReward { name, key, min, max, over: over.word(), floor }
        };
        self.as_ref().map(|rewards| rewards.iter().map(show).collect())
    }

    fn given(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        if value.is_none() {
            return Ok(None);
        }
        let refused = || refused(value, name, Self::KIND);
        let rewards = items(value).ok_or_else(refused)?.enumerate();
        let one = |(i, item): (usize, PyResult<_>)| reward(&item?, &format!("{name}[{i}]"));
        rewards.map(one).collect::<PyResult<_>>().map(Some)
    }
}

/// One reward from a mapping; what it leaves out, or has None for, is its default.
fn reward(value: &Bound<'_, PyAny>, place: &str) -> PyResult<WeighedReward> {
    if !value.hasattr("keys")? || !value.hasattr("__getitem__")? {
        return Err(refused(value, place, "a dict"));
    }
    for key in value.call_method0("keys")?.try_iter()? {
        let key: String = key?.str()?.extract()?;
        if !WeighedReward::FIELDS.contains(&&*key) {
            return Err(LeadError::new_err(format!(
                "unknown key {key:?} in {place}; the keys are {}",
                WeighedReward::FIELDS.join(", ")
            )));
        }
    }
    let text = |field: &str| -> PyResult<Option<String>> {
        let text = |value: Bound<'_, PyAny>| {
            value.extract().map_err(|_| refused(&value, &format!("{place}: {field}"), "a str"))
        };
        entry(value, field)?.map(text).transpose()
    };
    let number = |field: &str| -> PyResult<Option<f64>> {
        let number = |value: Bound<'_, PyAny>| {
            let number = if is_bool(&value) { None } else { value.extract::<f64>().ok() };
            // Adding 0 makes zeros alike, whose hashes differ otherwise.
            number
                .map(|number| number + 0.0)
                .ok_or_else(|| refused(&value, &format!("{place}: {field}"), "a number"))
        };
        entry(value, field)?.map(number).transpose()
    };
    let missing =
        |field: &str| LeadError::new_err(format!("{place}: {field} must be given, got none"));
    let name = text("name")?.ok_or_else(|| missing("name"))?;
    let over = text("over")?.unwrap_or_else(|| Over::All.word().into());
    Ok(WeighedReward {
        key: text("key")?.unwrap_or_else(|| name.clone()),
        name,
        min: number("min")?.ok_or_else(|| missing("min"))?,
        max: number("max")?.ok_or_else(|| missing("max"))?,
        over: Over::parse(&over).ok_or_else(|| {
            LeadError::new_err(format!(
                "{place}: over must be one of {}, got {over:?}",
                Over::WORDS.join(", ")
            ))
        })?,
        floor: number("floor")?.unwrap_or_default(),
    })
}

/// Python itself would only name the keyword that it doesn't know, not those that there are.
pub(super) fn refuse_unknown(unknown: Option<&Bound<'_, PyDict>>, names: &[&str]) -> PyResult<()> {
    let Some(name) = unknown.and_then(|unknown| unknown.keys().into_iter().next()) else {
        return Ok(());
    };
    Err(PyTypeError::new_err(format!(
        "unexpected keyword argument {}; the settings are {}",
        name.repr()?,
        names.join(", ")
    )))
}

/// Enums, which are words on the other side.
macro_rules! words {
    ($($type:ty),+) => {
        $(impl $crate::python::settings::Argument for $type {
            type Given<'a> = &'a str;
            type Shown = &'static str;
            const KIND: &'static str = "a str";

            fn extract<'a>(value: &'a pyo3::Bound<'_, pyo3::PyAny>) -> Option<&'a str> {
                use pyo3::types::PyAnyMethods;
                value.extract().ok()
            }

            fn take(
                given: &str,
                name: &str,
                accepted: &$crate::settings::Accepted,
            ) -> $crate::error::Result<Self> {
                accepted.pick(name, given, Self::parse(given))
            }

            fn shown(&self) -> &'static str {
                self.word()
            }
        })+
    };
}
pub(super) use words;

/// A class of the settings in a table, frozen and comparable: its documentation before and after
/// that of its arguments, its other options, its name and that of the core's struct, its methods.
macro_rules! class {
    (
        {
            $(#[doc = $before:literal])*
            args
            $(#[doc = $after:literal])*
            class($($option:tt)*) $class:ident($config:ident) { $($method:tt)* }
        }
        $($name:ident: $type:ty = $default:tt, $meaning:literal $(, $words:literal, $number:expr)?;)+
    ) => {
        $(#[doc = $before])*
        $(#[doc = concat!("    ", stringify!($name), ": ", $meaning $(, "; ", $words)?, ".")])+
        $(#[doc = $after])*
        #[pyclass(frozen, eq, $($option)*)]
        #[derive(Clone, PartialEq)]
        pub struct $class(pub $config);

        /// The constructor's arguments.
        pub(super) mod given {
            use super::*;
            use $crate::python::settings::Argument;

            $(pub fn $name<'a>(
                value: &'a Bound<'_, PyAny>,
            ) -> PyResult<<$type as Argument>::Given<'a>> {
                <$type as Argument>::given(value, stringify!($name))
            })+
        }

        /// What each of them is once it is known to be accepted.
        pub(super) mod taken {
            use super::*;
            use $crate::python::settings::Argument;

            $(pub fn $name(
                given: <$type as Argument>::Given<'_>,
            ) -> $crate::error::Result<$type> {
                let accepted = $crate::settings::accepted!($type $(, $words, $number)?);
                <$type as Argument>::take(given, stringify!($name), &accepted)
            })+
        }

        #[pymethods]
        impl $class {
            #[new]
            #[pyo3(signature = (*, $($name=$default),+, **unknown))]
            // One argument per setting.
            #[allow(clippy::too_many_arguments)]
            fn new(
                $(#[pyo3(from_py_with = given::$name)]
                $name: <$type as $crate::python::settings::Argument>::Given<'_>,)+
                unknown: Option<&Bound<'_, pyo3::types::PyDict>>,
            ) -> PyResult<Self> {
                $crate::python::settings::refuse_unknown(unknown, $config::NAMES)?;
                let config = $config {
                    $($name: taken::$name($name)?,)+
                };
                config.validate()?;
                Ok(Self(config))
            }

            $(#[doc = concat!($meaning, ".")]
            #[getter]
            fn $name(&self) -> <$type as $crate::python::settings::Argument>::Shown {
                $crate::python::settings::Argument::shown(&self.0.$name)
            })+

            $($method)*
        }
    };
}
pub(super) use class;
