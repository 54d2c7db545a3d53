"""MATH for a run that has no data yet."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from lead_rs._errors import CommandError
from lead_rs.data.preparation import prepare
from lead_rs.data.sources import HubError
from lead_rs.recipes.verl_config import CannotRun

_logger = logging.getLogger(__name__)


def prepare_missing(config: Any, folder: Path) -> None:
    """Prepare MATH where a run would look for it and find nothing.

    Data of the user's own are left alone: other files than the recipes', or one of the two.

    Args:
        config: the run's composed configuration.
        folder: where the recipes' ``train.parquet`` and ``test.parquet`` are.

    Raises:
        CannotRun: it can't be had, with the two ways out.
    """
    train, test = folder / "train.parquet", folder / "test.parquet"
    if (config.data.train_files, config.data.val_files) != (str(train), str(test)):
        return
    if train.exists() or test.exists():
        return
    _logger.info(f"{folder} has no data: preparing MATH there")
    try:
        prepared = prepare("math", folder)
    except HubError as error:
        raise _no_data(folder, error.reason) from error
    except (CommandError, OSError) as error:
        raise _no_data(folder, error) from error
    for note in prepared.notes:
        _logger.info(note)


def _no_data(folder: Path, reason: object) -> CannotRun:
    return CannotRun(
        f"there is no data in {folder}, and MATH could not be prepared there: {reason}\n"
        "Two ways out: copy the files of nlile/hendrycks-MATH-benchmark and of "
        "HuggingFaceH4/MATH-500 to this machine, and run\n"
        f"  lead-rs data math --local-dir {folder} --from train=FILE --from test=FILE\n"
        "or set DATA_DIR to a folder that has a train.parquet and a test.parquet"
    )
