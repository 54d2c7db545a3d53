"""Make the seed corpus of the fuzz targets from the case files of the tests.

Usage: python fuzz/seed_corpus.py
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
CASES = FUZZ.parent / "tests/grade_cases"


def seeds() -> Iterator[tuple[str, str]]:
    """Target and input; the texts that a case builds by repetition are left out."""
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text()):
            if isinstance(case, str):  # a ground truth
                yield "parser", case
                continue
            response, answer, truth = (case.get(key) for key in ("response", "answer", "truth"))
            if isinstance(response, str):
                yield "extraction", response
            elif isinstance(answer, str) and isinstance(truth, str):
                yield "extraction", rf"So \boxed{{{answer}}}."
                yield "parser", answer
                yield "parser", truth
                yield "grade", f"{answer}\n{truth}"


def main() -> None:
    """Write each input to a file named by its hash, where libFuzzer looks for it."""
    for target, text in seeds():
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(text.encode()).hexdigest()).write_bytes(text.encode())


if __name__ == "__main__":
    main()
