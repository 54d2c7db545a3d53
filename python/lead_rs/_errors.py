"""The errors that lead_rs raises of itself; `LeadError` says which there are."""

from lead_rs._lead_rs import LeadError

__all__ = ["CommandError", "IncompatibleVerlError", "LeadError"]


class CommandError(LeadError):
    """A command cannot do what was asked; the message says why, and what would help."""


class IncompatibleVerlError(LeadError, RuntimeError):
    """This version of verl lacks something that LEAD builds on."""
