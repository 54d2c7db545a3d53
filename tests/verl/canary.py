"""What of LEAD would break on another verl: ``python tests/verl/canary.py VERL``.

Reads verl's sources and imports nothing of them, so neither verl nor what it depends on need be
installed. A thing that is there may still behave differently: the tests say that, once it runs.
"""

from __future__ import annotations

import argparse
import ast
import functools
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from relied_on import RELIED_ON, Attributes, Function, Mentions, Need, Settings

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Verl:
    """The sources of one verl.

    Args:
        root: the folder that contains the package ``verl``.
    """

    def __init__(self, root: Path) -> None:
        self.package = root / "verl"
        self.version = (self.package / "version" / "version").read_text(encoding="utf-8").strip()
        self._module = functools.cache(self._parse)

    @property
    def minor_version(self) -> tuple[int, int]:
        """(major, minor)."""
        major, minor = re.findall(r"\d+", self.version)[:2]
        return int(major), int(minor)

    def find(self, module: str, name: str) -> ast.Module | Definition | None:
        """A module, or what it defines under a name with dots; None if there is none."""
        found = self._module(module)
        for part in filter(None, name.split(".")):
            found = {each.name: each for each in _definitions(found)}.get(part) if found else None
        return found

    def _parse(self, module: str) -> ast.Module | None:
        path = self.package.parent.joinpath(*module.split("."))
        for file in (path / "__init__.py", path.with_suffix(".py")):
            if file.is_file():
                return ast.parse(file.read_bytes(), file)
        return None


def breaks(verl: Verl) -> Iterator[str]:
    """What lead_rs relies on and this verl doesn't have, a paragraph each."""
    for need in needs(verl):
        for finding in findings(verl, need):
            yield f"{finding}\n    for: {need.why}\n    in: {need.affects}"


def needs(verl: Verl) -> list[Need]:
    """What lead_rs relies on in a verl of that version."""
    return [need for need in RELIED_ON if need.since <= verl.minor_version < need.before]


def findings(verl: Verl, need: Need) -> Iterator[str]:
    """What is not as it is needed, a line each, beginning with its full name."""
    if isinstance(need, Settings):
        file = verl.package / need.file
        there = yaml_keys(file.read_text(encoding="utf-8")) if file.is_file() else set()
        yield from (f"verl/{need.file}: no {key}" for key in need.keys if key not in there)
        return
    assert isinstance(need, Function | Attributes | Mentions)
    full_name = f"{need.module}.{need.name}".rstrip(".")
    found = verl.find(need.module, need.name)
    if found is None:
        yield f"{full_name}: not there"
    elif isinstance(need, Function):
        yield from _wrong_parameters(full_name, need, found)
    elif isinstance(need, Attributes):
        there = set(_attributes(found))
        yield from (f"{full_name}: sets no {name}" for name in need.attributes if name not in there)
    else:
        there = set(_words(found))
        yield from (f"{full_name}: no {word!r} in it" for word in need.words if word not in there)


def _wrong_parameters(
    full_name: str, need: Function, found: ast.Module | Definition
) -> Iterator[str]:
    if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
        yield f"{full_name}: no function any more"
        return
    of = found.args
    parameters = tuple(each.arg for each in [*of.posonlyargs, *of.args, *of.kwonlyargs])
    first = parameters if need.exactly else parameters[: len(need.parameters)]
    if first != need.parameters:
        more = "" if need.exactly else ", ..."
        yield (
            f"{full_name}: takes ({', '.join(parameters)}), "
            f"expected ({', '.join(need.parameters)}{more})"
        )


def _definitions(scope: ast.AST) -> Iterator[Definition]:
    """What is defined right in a module or class, also under an ``if`` or ``try``."""
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, Definition):
            yield node
        elif isinstance(node, ast.If | ast.Try | ast.ExceptHandler):
            yield from _definitions(node)


def _attributes(scope: ast.AST) -> Iterator[str]:
    """What a class sets on itself or, as ``self.name``, on its objects."""
    for node in ast.walk(scope):
        match node:
            case ast.Attribute(value=ast.Name("self"), attr=name, ctx=ast.Store()):
                yield name
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.FunctionDef):
            yield node.name


def _words(scope: ast.AST) -> Iterator[str]:
    for node in ast.walk(scope):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word):
                yield word
            case ast.keyword(arg=str(word)) | ast.Constant(value=str(word)):
                yield word


def yaml_keys(text: str) -> set[str]:
    """The keys of a YAML file in block style, with dots between the levels."""
    keys = set()
    path: list[tuple[int, str]] = []
    for indent, key in re.findall(r"^( *)([\w.@/-]+):(?:\s|$)", text, re.MULTILINE):
        path = [level for level in path if level[0] < len(indent)] + [(len(indent), key)]
        keys.add(".".join(name for _, name in path))
    return keys


def unpacked(verl: str, scratch: Path) -> Path:
    """The folder that contains the package, from what the command line names.

    Args:
        verl: a folder, a wheel, a version on PyPI, or ``latest``.
        scratch: an empty folder for what is downloaded and unpacked.
    """
    path = Path(verl)
    if path.is_dir():
        return path
    if re.fullmatch(r"[\w.]+", verl) and path.suffix != ".whl":
        requirement = "verl" if verl == "latest" else f"verl=={verl}"
        command = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch)]
        subprocess.run([sys.executable, *command, requirement], check=True)
        (path,) = scratch.glob("verl-*.whl")
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(scratch)
    return scratch


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 if everything is there."""
    parser = argparse.ArgumentParser(description=__doc__, prog="canary.py")
    parser.add_argument(
        "verl", help="a version on PyPI, 'latest', a wheel, or the folder that contains verl"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            verl = Verl(unpacked(options.verl, Path(scratch)))
        except (OSError, subprocess.CalledProcessError) as error:
            parser.error(f"no verl in {options.verl}: {error}")
        broken = list(breaks(verl))
        print("\n".join(broken), end="\n" if broken else "")
        verdict = (
            f"{len(broken)} would break" if broken else f"all {len(needs(verl))} are as expected"
        )
    print(f"verl {verl.version}: of what lead_rs relies on, {verdict}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
