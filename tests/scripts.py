"""The repository's programs that are in no package, as modules."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def load(script: str) -> ModuleType:
    """The module of a script that is named from the repository's root."""
    spec = importlib.util.spec_from_file_location(Path(script).stem, ROOT / script)
    # Dataclasses look their module up by its name.
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
