"""The error that is shown to who typed a command."""


class CommandError(Exception):
    """A command cannot do what was asked; the message says why, and what would help."""
