"""Pages that are files of the repository: each is written once, where people look for it.

A link to such a file, in whatever page, leads to its page; one to another file of the repository,
which a documentation site does not have, becomes its name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
PAGES = {
    "index.md": "README.md",
    "lint.md": "examples/lint/README.md",
    "math-verify-rows.md": "examples/grader/math_verify.md",
    "recipes.md": "examples/training/README.md",
    "cpu.md": "examples/cpu/README.md",
    "smollm2.md": "examples/smollm2/README.md",
    "rewards.md": "examples/k_rewards/README.md",
    "targets.md": "examples/targets/README.md",
    "ablations.md": "examples/ablations/README.md",
    "data.md": "data/README.md",
    "evaluation.md": "examples/evaluation/README.md",
    "notebooks.md": "examples/notebooks/README.md",
    "graders.md": "examples/grader/README.md",
    "verl-patch.md": "verl_patch/README.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "design.md": "DESIGN.md",
    "grader-design.md": "src/grade/DESIGN.md",
    "records.md": "tests/records/README.md",
}
_OF_FILE = {file: page for page, file in PAGES.items()}
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The documentation's own pages, and these."""
    for page, source in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / source)))
        for picture in (ROOT / source).parent.glob("*.png"):
            files.append(File.generated(config, picture.name, abs_src_path=str(picture)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """A page, its links to files of the repository as those of the site."""
    name = page.file.src_uri
    folder = (ROOT / PAGES.get(name, f"docs/{name}")).parent

    def linked(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(folder / link["target"]))
        if not target.exists():
            raise FileNotFoundError(f"{name}: the link {link[0]} leads to no file")
        file = target.relative_to(ROOT).as_posix()
        if target.suffix == ".png":
            return f"[{link['text']}]({target.name})"
        page = _OF_FILE.get(file) or _OF_FILE.get(f"{file}/README.md")
        if page is None and target.is_relative_to(ROOT / "docs"):
            page = target.relative_to(ROOT / "docs").as_posix()
        if page:
            return f"[{link['text']}]({page}{link['anchor'] or ''})"
        named = file in link["text"].strip("`") or link["text"].strip("`") in file
        return f"`{file}`" if named else f"{link['text']} (`{file}`)"

    return _LINK.sub(linked, markdown)
