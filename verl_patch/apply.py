"""Put LEAD into a tree of verl's sources with git: ``python verl_patch/apply.py TREE``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

DIFFS = {
    path.stem.removeprefix("verl-"): path for path in sorted(Path(__file__).parent.glob("*.diff"))
}


class Refused(Exception):
    """The tree is not one that the diffs are made for; nothing in it was changed."""


def patch(tree: Path, *, reverse: bool, check: bool) -> list[Path]:
    """Apply the diff for the version of verl that a tree has, all of it or nothing.

    Args:
        tree: the folder that contains the package ``verl``.
        reverse: whether LEAD is to be taken out again.
        check: whether to change nothing, and only see that it could be.

    Returns:
        The files that changed, or would; none if the tree is already as asked for.

    Raises:
        Refused: the version has no diff, or git cannot apply it.
    """
    version = _version(tree)
    if version not in DIFFS:
        raise Refused(f"{tree} holds verl {version}; there are diffs for {', '.join(DIFFS)}")
    diff = DIFFS[version].resolve()
    there, back = ["--reverse"] * reverse, ["--reverse"] * (not reverse)
    checked = _git_apply(tree, diff, *there, "--check")
    if checked.returncode == 0:
        done = checked if check else _git_apply(tree, diff, *there)
        if done.returncode == 0:
            numbers = _git_apply(tree, diff, "--numstat").stdout.splitlines()
            return [tree / line.split("\t")[2] for line in numbers]
        checked = done
    elif _git_apply(tree, diff, *back, "--check").returncode == 0:
        return []
    raise Refused(
        f"{tree} is not as verl {version} was: {checked.stderr.strip()}. Nothing was changed. If "
        f"that is your own work, merge {diff.name} by hand (git apply --3way)"
    )


def _git_apply(tree: Path, diff: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # A repository that the tree lies in is none of git's business here: it would skip the files.
    outside = {"GIT_CEILING_DIRECTORIES": str(tree.resolve().parent)}
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return subprocess.run(
            ["git", "apply", *options, str(diff)],
            cwd=tree,
            env=ours | outside,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise Refused("git is not installed") from None


def _version(tree: Path) -> str:
    file = tree / "verl" / "version" / "version"
    if not file.is_file():
        raise Refused(f"{tree} is not the folder that contains the package verl: no {file}")
    return file.read_text(encoding="utf-8", errors="replace").strip()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 if the tree is, or with ``--check`` could be, as asked for."""
    parser = argparse.ArgumentParser(prog="apply.py", description=f"Supported: {', '.join(DIFFS)}")
    parser.add_argument("tree", type=Path, help="the folder that contains the package verl")
    parser.add_argument("--reverse", action="store_true", help="take LEAD out again")
    parser.add_argument("--check", action="store_true", help="change nothing, only say what would")
    options = parser.parse_args(arguments)
    try:
        changed = patch(options.tree, reverse=options.reverse, check=options.check)
    except Refused as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    for path in changed:
        print(f"{'would change' if options.check else 'changed'} {path}")
    if not changed:
        where = "not" if options.reverse else "already"
        print(f"nothing to do: LEAD is {where} in {options.tree}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
