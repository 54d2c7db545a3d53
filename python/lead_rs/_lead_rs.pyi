from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, NoReturn, TypeAlias, final

import numpy as np
import numpy.typing as npt

__all__ = [
    "LeadConfig",
    "LeadError",
    "RewardConfig",
    "Verdict",
    "WeightController",
    "__version__",
    "cuda_device_count",
    "cuda_outcome_advantage",
    "cuda_scratch_bytes",
    "efficiency_reward",
    "explain",
    "extract_answer",
    "get_num_threads",
    "grade",
    "graded",
    "outcome_advantage",
    "score",
    "score_batch",
    "set_num_threads",
    "step",
    "target_length",
    "unreadable",
]

__version__: str

_LstarMode: TypeAlias = Literal["max_sym", "max_asym", "upper_only"]
_Aggregator: TypeAlias = Literal[
    "mean_correct", "min_correct", "median_correct", "quantile_correct", "mean_all"
]
_Unsolved: TypeAlias = Literal["bmax", "neutral"]
_Idle: TypeAlias = Literal["follow", "hold"]
_Instability: TypeAlias = Literal["cv", "range"]
_LengthMode: TypeAlias = Literal["classic", "conditioned", "soft", "conditioned_soft"]
_FormatMode: TypeAlias = Literal["boxed", "strict"]
_Extract: TypeAlias = Literal["boxed", "auto", "last_number", "whole"]
_Tolerance: TypeAlias = float | Literal["rounding"] | None

class LeadError(ValueError): ...

@final
class LeadConfig:
    def __new__(
        cls,
        *,
        alpha: float = 1.0,
        beta: float = 0.95,
        epsilon: float = 1e-8,
        bmax: float = 8000.0,
        lambda_min: float = 0.3,
        lstar_mode: _LstarMode = "max_asym",
        aggregator: _Aggregator = "mean_correct",
        static_lambda_corr: float | None = None,
        lstar_min: float = 1000.0,
        min_length: float = 500.0,
        unsolved: _Unsolved = "bmax",
        quantile: float = 0.5,
        rewards: Sequence[Mapping[str, Any]] | None = None,
        static_weights: Sequence[float] | None = None,
        idle: _Idle = "follow",
        instability: _Instability = "cv",
        **unknown: NoReturn,
    ) -> LeadConfig: ...
    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> LeadConfig: ...
    @classmethod
    def from_verl(cls, algorithm: Mapping[Any, Any]) -> LeadConfig: ...
    def to_dict(self) -> dict[str, Any]: ...
    @property
    def alpha(self) -> float: ...
    @property
    def beta(self) -> float: ...
    @property
    def epsilon(self) -> float: ...
    @property
    def bmax(self) -> float: ...
    @property
    def lambda_min(self) -> float: ...
    @property
    def lstar_mode(self) -> _LstarMode: ...
    @property
    def aggregator(
        self,
    ) -> _Aggregator: ...
    @property
    def static_lambda_corr(self) -> float | None: ...
    @property
    def lstar_min(self) -> float: ...
    @property
    def min_length(self) -> float: ...
    @property
    def unsolved(self) -> _Unsolved: ...
    @property
    def quantile(self) -> float: ...
    @property
    def rewards(self) -> list[dict[str, Any]] | None: ...
    @property
    def static_weights(self) -> list[float] | None: ...
    @property
    def idle(self) -> _Idle: ...
    @property
    def instability(
        self,
    ) -> _Instability: ...
    @property
    def reward_keys(self) -> tuple[str, ...]: ...
    @property
    def needs_correctness(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class WeightController:
    def __new__(cls, config: LeadConfig | None = None) -> WeightController: ...
    @classmethod
    def from_state_dict(cls, state: dict[str, Any]) -> WeightController: ...
    @property
    def config(self) -> LeadConfig: ...
    @property
    def weights(self) -> tuple[float, ...]: ...
    @property
    def rewards(self) -> tuple[str, ...]: ...
    @property
    def step(self) -> int: ...
    @property
    def metrics(self) -> dict[str, float] | None: ...
    def enter_step(self, number: int) -> None: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

def step(
    controller: WeightController,
    correctness: npt.NDArray[np.float64] | None,
    response_length: npt.NDArray[np.float64],
    index: list[Any] | npt.NDArray[Any],
    rewards: list[tuple[str, npt.NDArray[np.float64]]],
) -> tuple[
    npt.NDArray[np.float32],
    npt.NDArray[np.float64] | None,
    npt.NDArray[np.float64] | None,
    list[float],
    dict[str, float],
]: ...
def outcome_advantage(
    controller: WeightController,
    token_level_rewards: npt.NDArray[Any],
    response_mask: npt.NDArray[Any],
    index: list[Any] | npt.NDArray[Any],
    correctness: npt.NDArray[np.float64] | None,
    out: npt.NDArray[np.float32],
) -> None: ...
def target_length(
    config: LeadConfig | None,
    correctness: npt.NDArray[np.float64],
    response_length: npt.NDArray[np.float64],
    index: list[Any] | npt.NDArray[Any],
) -> npt.NDArray[np.float64]: ...
def efficiency_reward(
    config: LeadConfig | None,
    correctness: npt.NDArray[np.float64],
    response_length: npt.NDArray[np.float64],
    target_length: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]: ...
def cuda_device_count() -> int: ...
def cuda_scratch_bytes(size: int) -> int: ...
def cuda_outcome_advantage(
    controller: WeightController,
    place: tuple[int, int],
    token_level_rewards: tuple[int, int, str],
    response_mask: tuple[int, int, str],
    shape: tuple[int, int],
    index: list[Any] | npt.NDArray[Any],
    correctness: npt.NDArray[np.float64] | None,
    scratch: int,
    out: int,
) -> None: ...
def set_num_threads(num_threads: int, /) -> None: ...
def get_num_threads() -> int: ...

@final
class Verdict:
    def __new__(cls, correct: bool, method: str, normalized: str) -> Verdict: ...
    @property
    def correct(self) -> bool: ...
    @property
    def method(self) -> str: ...
    @property
    def normalized(self) -> str: ...
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

def extract_answer(
    response: str, *, extract: _Extract = "boxed", after_think: bool = False
) -> str | None: ...
def grade(
    answer: str,
    ground_truth: str,
    *,
    require_simplified: bool = True,
    tolerance: _Tolerance = None,
    extract: _Extract = "boxed",
    after_think: bool = False,
) -> Verdict: ...
def explain(
    answer: str,
    ground_truth: str,
    require_simplified: bool,
    tolerance: _Tolerance,
    extract: _Extract,
    after_think: bool,
) -> tuple[Verdict, list[tuple[str, str, str, str]]]: ...
def unreadable(ground_truth: Any, row: int | None = None) -> str | None: ...

@final
class RewardConfig:
    NAMES: ClassVar[list[str]]
    def __new__(
        cls,
        *,
        require_simplified: bool = True,
        tolerance: _Tolerance = None,
        extract: _Extract = "boxed",
        after_think: bool = False,
        correct_reward: float = 1.0,
        length_reward: float = 1.0,
        length_threshold: float = 4000.0,
        length_max: float = 4000.0,
        length_mode: _LengthMode = "classic",
        use_format: bool = False,
        format_reward: float = 1.0,
        format_mode: _FormatMode = "boxed",
        **unknown: NoReturn,
    ) -> RewardConfig: ...
    @classmethod
    def from_text(cls, settings: Sequence[tuple[str, str, str]]) -> RewardConfig: ...
    @property
    def require_simplified(self) -> bool: ...
    @property
    def tolerance(self) -> _Tolerance: ...
    @property
    def extract(self) -> _Extract: ...
    @property
    def after_think(self) -> bool: ...
    @property
    def correct_reward(self) -> float: ...
    @property
    def length_reward(self) -> float: ...
    @property
    def length_threshold(self) -> float: ...
    @property
    def length_max(self) -> float: ...
    @property
    def length_mode(
        self,
    ) -> _LengthMode: ...
    @property
    def use_format(self) -> bool: ...
    @property
    def format_reward(self) -> float: ...
    @property
    def format_mode(self) -> _FormatMode: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

def score(
    response: str, ground_truth: Any, response_length: float | None, config: RewardConfig
) -> dict[str, float]: ...
def graded(response: str, ground_truth: Any, config: RewardConfig) -> tuple[str | None, bool]: ...
def score_batch(
    responses: list[str],
    ground_truths: list[Any],
    response_lengths: npt.NDArray[np.float64] | None,
    config: RewardConfig,
    num_threads: int | None,
    decide: Callable[[list[tuple[int, str]]], list[int]] | None,
) -> dict[str, npt.NDArray[np.float64]]: ...
