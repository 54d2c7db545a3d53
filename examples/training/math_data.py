"""MATH for a run that has no data yet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from verl_config import CannotRun

SCRIPTS = Path(__file__).resolve().parents[2] / "data"


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
    print(f"{folder} has no data: preparing MATH there", flush=True)
    if str(SCRIPTS) not in sys.path:
        sys.path.append(str(SCRIPTS))
    try:
        from prepare import prepare
        from problems import DataError
        from sources import HubError
    except ImportError as error:
        raise _no_data(folder, f"it needs {error.name}: pip install datasets") from error
    try:
        prepare("math", folder)
    except HubError as error:
        raise _no_data(folder, error.reason) from error
    except (DataError, OSError) as error:
        raise _no_data(folder, error) from error


def _no_data(folder: Path, reason: object) -> CannotRun:
    return CannotRun(
        f"there is no data in {folder}, and MATH could not be prepared there: {reason}\n"
        "Two ways out: copy the files of nlile/hendrycks-MATH-benchmark and of "
        "HuggingFaceH4/MATH-500 to this machine, and run\n"
        f"  python {SCRIPTS / 'prepare.py'} math --local-dir {folder} "
        "--from train=FILE --from test=FILE\n"
        "or set DATA_DIR to a folder that has a train.parquet and a test.parquet"
    )
