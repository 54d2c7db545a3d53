"""What a training run did, from verl's or TRL's own log: one HTML page and its pictures."""

from lead_rs._errors import CommandError
from lead_rs.runs.logs import Log, load_log

__all__ = ["CommandError", "Log", "load_log"]
