"""What a training run did, from verl's own log: one HTML page and its pictures."""

from lead_rs.report.logs import Log, load_log

__all__ = ["Log", "load_log"]
