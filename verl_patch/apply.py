"""Put LEAD into a tree of verl's sources: ``python verl_patch/apply.py TREE``."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import re
import shutil
import sys
from pathlib import Path

DIFFS = {
    path.stem.removeprefix("verl-"): path for path in sorted(Path(__file__).parent.glob("*.diff"))
}

_HASHES = re.compile(rb"^index ([0-9a-f]{40})\.\.([0-9a-f]{40})", re.MULTILINE)
_PATH = re.compile(rb"^\+\+\+ b/(.+)$", re.MULTILINE)
_HUNK = re.compile(rb"^@@ -(\d+),\d+ \+(\d+),\d+ @@.*\n((?:[ +-].*\n)+)", re.MULTILINE)
_REVERSED = {b"+": b"-", b"-": b"+", b" ": b" "}


class Refused(Exception):
    """The tree is not one that the diffs are made for; nothing in it was changed."""


@dataclasses.dataclass(frozen=True)
class FileDiff:
    """What one file is and what it becomes, as ``git diff --full-index`` writes it.

    Attributes:
        path: relative to the tree.
        before: git's hash of the file as it is.
        after: git's hash of the file as it becomes.
        hunks: each with the number of its first line, before and after, and its lines.
    """

    path: str
    before: str
    after: str
    hunks: list[tuple[int, int, list[bytes]]]

    def reversed(self) -> FileDiff:
        """The way back."""
        hunks = [
            (after, before, [_REVERSED[line[:1]] + line[1:] for line in lines])
            for before, after, lines in self.hunks
        ]
        return FileDiff(self.path, self.after, self.before, hunks)

    def applied_to(self, content: bytes) -> bytes:
        """The file's content after, from its content before."""
        old = content.splitlines(keepends=True)
        new: list[bytes] = []
        copied = 0
        for first, _, lines in self.hunks:
            new += old[copied : first - 1]
            new += [line[1:] for line in lines if not line.startswith(b"-")]
            copied = first - 1 + sum(not line.startswith(b"+") for line in lines)
        return b"".join(new + old[copied:])


def read_diff(diff: bytes) -> list[FileDiff]:
    """The files of a unified diff that was written by ``git diff --full-index``."""
    files = []
    for part in diff.split(b"diff --git ")[1:]:
        ((before, after),) = _HASHES.findall(part)
        (path,) = _PATH.findall(part)
        hunks = [
            (int(first), int(becomes), lines.splitlines(keepends=True))
            for first, becomes, lines in _HUNK.findall(part)
        ]
        files.append(FileDiff(path.decode(), before.decode(), after.decode(), hunks))
    return files


def plan(tree: Path, *, reverse: bool) -> dict[Path, bytes]:
    """The new content of each file that has to change.

    Args:
        tree: the folder that contains the package ``verl``.
        reverse: whether LEAD is to be taken out again.

    Returns:
        Nothing for a file that is as it should become: so a run that was killed between two files
        is finished by the next one.

    Raises:
        Refused: if the version has no diff, or a file is neither verl's own nor the patched one.
        OSError: if a file cannot be read.
    """
    version = _version(tree)
    if version not in DIFFS:
        raise Refused(f"{tree} holds verl {version}; there are diffs for {', '.join(DIFFS)}")
    new: dict[Path, bytes] = {}
    foreign = []
    for file in read_diff(DIFFS[version].read_bytes()):
        change = file.reversed() if reverse else file
        path = tree / change.path
        content = path.read_bytes() if path.is_file() else b""
        if _git_hash(content) == change.before:
            new[path] = change.applied_to(content)
            if _git_hash(new[path]) != change.after:
                raise Refused(f"{DIFFS[version]} is damaged: its lines don't give its own hash")
        elif _git_hash(content) != change.after:
            foreign.append(change.path)
    if foreign:
        raise Refused(
            f"in {tree} not as in verl {version}: {', '.join(foreign)}. Nothing was changed. If "
            f"that is your own work, merge {DIFFS[version].name} by hand (git apply --3way, or "
            f"patch -p1)"
        )
    return new


def replace_all(new: dict[Path, bytes]) -> None:
    """Give each file its new content, or if that fails leave all of them as they were.

    Raises:
        OSError: if one cannot be written.
    """
    old = {path: path.read_bytes() for path in new}
    beside = {path: path.with_name(f".{path.name}.lead_rs") for path in new}
    replaced = []
    try:
        for path, content in new.items():
            beside[path].write_bytes(content)
            shutil.copymode(path, beside[path])
        for path in new:
            beside[path].replace(path)
            replaced.append(path)
    except BaseException:
        for path in replaced:
            beside[path].write_bytes(old[path])
            shutil.copymode(path, beside[path])
            beside[path].replace(path)
        raise
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 if the tree is, or with ``--check`` could be, as asked for."""
    parser = argparse.ArgumentParser(prog="apply.py", description=f"Supported: {', '.join(DIFFS)}")
    parser.add_argument("tree", type=Path, help="the folder that contains the package verl")
    parser.add_argument("--reverse", action="store_true", help="take LEAD out again")
    parser.add_argument("--check", action="store_true", help="change nothing, only say what would")
    options = parser.parse_args(arguments)
    try:
        new = plan(options.tree, reverse=options.reverse)
        if not options.check:
            replace_all(new)
    except (Refused, OSError) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    for path in new:
        print(f"{'would change' if options.check else 'changed'} {path}")
    if not new:
        print(f"nothing to do: LEAD is {'not' if options.reverse else 'already'} in {options.tree}")
    return 0


def _version(tree: Path) -> str:
    file = tree / "verl" / "version" / "version"
    if not file.is_file():
        raise Refused(f"{tree} is not the folder that contains the package verl: no {file}")
    return file.read_text(encoding="utf-8", errors="replace").strip()


def _git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
