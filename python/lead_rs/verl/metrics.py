"""``lead/*`` metrics where a trainer makes one line of its log out of several batches."""

from __future__ import annotations

from types import ModuleType

from lead_rs.verl import hooks

# verl aggregates by what is in a metric's name, and else takes the mean.
LAST = ("lead/step", "lead/w_corr", "lead/w_eff")
SUM = (
    "lead/num_solvable_prompts",
    "lead/num_unsolved_prompts",
    "lead/num_unscored_responses",
)


def _with_lead(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _init_aggregation_rules(self: object) -> dict[str, list[str]]:
        rules: dict[str, list[str]] = original(self)
        return {
            **rules,
            "last": [*rules.get("last", ()), *LAST],
            "sum": [*rules.get("sum", ()), *SUM],
        }

    return _init_aggregation_rules


def _with_rewards(original: hooks.AnyFunction) -> hooks.AnyFunction:
    def _get_aggregation_type(self: object, metric_name: str) -> str:
        # A reward's name may have any word in it.
        if metric_name.startswith("lead/reward_"):
            return "last" if metric_name.endswith("/w") else "weighted_avg"
        kind: str = original(self, metric_name)
        return kind

    return _get_aggregation_type


def adapt(module: ModuleType) -> list[str]:
    """Act on a module of verl's with a ``MetricsAggregator``."""
    aggregator = hooks.class_of(module, "MetricsAggregator")
    return hooks.replace(
        aggregator, _init_aggregation_rules=_with_lead, _get_aggregation_type=_with_rewards
    )
