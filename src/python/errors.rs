//! The class of the errors, which Python's side derives its own from.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;

create_exception!(
    lead_rs,
    LeadError,
    PyValueError,
    "What was given to lead_rs cannot be used: the message says what, and what would be accepted.

Whatever lead_rs raises of itself is one, with these exceptions: a value of the wrong type is a
``TypeError``, a failing device a ``RuntimeError``, a file that cannot be read or written an
``OSError``, as everywhere in Python.

- ``LeadError``, a ``ValueError``: a value, setting, state or array that cannot be used

  - ``CommandError``: a command, or what it calls, cannot do what was asked
  - ``IncompatibleVerlError``, a ``RuntimeError`` too: this verl lacks something that LEAD builds on

Example:
    >>> import lead_rs
    >>> try:
    ...     lead_rs.LeadConfig(beta=2)
    ... except lead_rs.LeadError as error:
    ...     print(error)
    beta must be in [0, 1], got 2
"
);
