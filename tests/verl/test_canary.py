"""The canary: quiet on supported verls, loud by name on others, and never out of date."""

import ast
import inspect
import json
import re
import shutil
from pathlib import Path

import canary
import pytest
from relied_on import RELIED_ON, Attributes, Function, Mentions, Settings
from verl_versions import loads_plugins, verl_folder, wheel_folders

import lead_rs.verl
from lead_rs.verl import adapters, estimator, reward

SOURCES = [
    *sorted(Path(lead_rs.verl.__file__).parent.glob("*.py")),
    Path(lead_rs.__file__).parents[1] / "hydra_plugins" / "lead_rs_verl.py",
]


@pytest.mark.parametrize("wheel", wheel_folders())
def test_supported_verls_have_everything(wheel, capsys):
    root = verl_folder().parent if wheel == "installed" else wheel
    assert canary.main([str(root)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"verl [\d.]+: of what lead_rs relies on, all \d+ are as expected", line)


REPLACED = """
import importlib, inspect, json, sys, warnings
warnings.simplefilter("ignore")
import verl
assert "lead_rs.verl" in sys.modules, "verl has not loaded the plug-in"
from lead_rs.verl import adapters, hooks
for adapter in adapters.ADAPTERS:
    try:
        importlib.import_module(adapter.module)
    except ModuleNotFoundError as error:
        if not error.name or not adapter.module.startswith(error.name):
            raise  # else this verl has no such trainer
found = {}
for module, names in hooks.applied.items():
    for name in (name for name in names if name.startswith(module + ".")):
        function = sys.modules[module]
        for part in name.removeprefix(module + ".").split("."):
            actor = getattr(function, "__ray_metadata__", None)
            function = getattr(getattr(actor, "modified_class", function), part)
        if isinstance(function, type):
            continue  # a class of which there is no more to know
        # By where it was defined: a subclass may have got its own copy.
        name = f"{function.__module__}.{function.__qualname__}"
        # Not inspect.signature, which says that of the function replaced.
        code = function.__code__
        named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        others = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
        found[name] = [named, bool(others)]
print(json.dumps([found, list(map(str, hooks.failures.values()))]))
"""


@pytest.mark.parametrize("wheel", wheel_folders())
def test_what_the_adapters_replace_is_what_is_listed(python, unpacked, wheel):
    """By name, and with the parameters that each replacement itself names."""
    root = unpacked(wheel)
    by_name = "" if loads_plugins(wheel) else "lead_rs.verl"
    done = python("-c", REPLACED, path=root, VERL_USE_EXTERNAL_MODULES=by_name)
    found, failures = json.loads(done.stdout.splitlines()[-1])
    assert failures == []
    verl = canary.Verl(root or verl_folder().parent)
    functions = [need for need in canary.needs(verl) if isinstance(need, Function)]
    listed = {f"{need.module}.{need.name}": need for need in functions if need.replaced}
    assert sorted(found) == sorted(listed)
    for name, (named, passes_on_others) in found.items():
        need = listed[name]
        assert (name, need.exactly) == (name, not passes_on_others)
        known = need.parameters if need.exactly else need.parameters[: len(named)]
        assert (name, list(known)) == (name, named)


def test_each_module_that_is_adapted_is_listed():
    modules = {adapter.module for adapter in adapters.ADAPTERS}
    assert modules <= {need.module for need in RELIED_ON if hasattr(need, "module")}


def test_what_verl_calls_with_our_own_names_is_listed():
    taken = inspect.signature(estimator.compute_lead_advantage).parameters
    (passed,) = (
        need.words
        for need in RELIED_ON
        if isinstance(need, Mentions) and need.name == "compute_advantage"
    )
    assert set(taken) - {"_"} <= set(passed)

    (routed,) = (need for need in RELIED_ON if getattr(need, "name", "") == "default_compute_score")
    parameters = list(inspect.signature(reward.compute_score).parameters)
    assert parameters[: len(routed.parameters)] == list(routed.parameters)


def read_off_verls_objects(function):
    """The chains of names read off a function's arguments of type Any: those are verl's.

    ``self.config.trainer.resume_mode`` is ("config", "trainer", "resume_mode"), whether each is
    read as an attribute, by `getattr` or by ``get``.
    """
    origins = {
        argument.arg: ()
        for argument in function.args.args
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "Any"
    }

    def chain(node):
        match node:
            case ast.Name(id=name):
                return origins.get(name)
            case (
                ast.Call(func=ast.Name("getattr"), args=[owner, ast.Constant(name), *_])
                | ast.Call(func=ast.Attribute(owner, "get"), args=[ast.Constant(name), *_])
                | ast.Attribute(owner, name)
            ) if name != "get":
                before = chain(owner)
                return None if before is None else (*before, name)
        return None

    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = chain(node.value)
            if value is not None:
                origins[node.targets[0].id] = value
    return {found for node in ast.walk(function) if (found := chain(node))}


def chains():
    nodes = [node for path in SOURCES for node in ast.walk(ast.parse(path.read_bytes()))]
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {chain for function in functions for chain in read_off_verls_objects(function)}


SETTINGS = {key for need in RELIED_ON if isinstance(need, Settings) for key in need.keys}


def test_attributes_that_are_read_are_listed():
    listed = {
        word
        for need in RELIED_ON
        for word in getattr(need, "attributes", ()) + getattr(need, "words", ())
    }
    # An argument may also be a node of the configuration.
    settings = {name for key in SETTINGS for name in key.split(".")}
    read = {chain[0] for chain in chains()}
    assert read <= listed | settings
    attributes = {
        name for need in RELIED_ON if isinstance(need, Attributes) for name in need.attributes
    }
    assert attributes <= read


def test_settings_that_are_read_are_listed():
    read = {".".join(chain[1:]) for chain in chains() if chain[0] == "config" and chain[1:]}
    assert "trainer.resume_from_path" in read
    nodes = {key[: match.end()] for key in SETTINGS for match in re.finditer(r"\w+", key)}
    assert read <= nodes


@pytest.fixture
def doctored(tmp_path):
    """The files of the installed verl that a need is about, with something in one replaced."""

    def doctor(need, pattern, by):
        if isinstance(need, Settings):
            file = Path("verl", need.file)
        else:
            file = Path(*need.module.split("."))
            package = (verl_folder().parent / file / "__init__.py").is_file()
            file = file / "__init__.py" if package else file.with_suffix(".py")
        for name in (Path("verl/version/version"), file):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(verl_folder().parent / name, tmp_path / name)
        text = (tmp_path / file).read_text()
        assert re.search(pattern, text)
        (tmp_path / file).write_text(re.sub(pattern, by, text))
        return canary.Verl(tmp_path)

    return doctor


def parts(need):
    """What could be renamed in verl, and what the canary then says after the full name."""
    match need:
        case Function():
            last = need.name.rpartition(".")[2]
            return {last: "not there"} | dict.fromkeys(need.parameters, "takes (")
        case Attributes():
            return {name: f"sets no {name}" for name in need.attributes}
        case Mentions():
            return {word: f"no {word!r} in it" for word in need.words}
        case Settings():
            return {key.rpartition(".")[2]: f"no {key}" for key in need.keys}


INSTALLED = canary.needs(canary.Verl(verl_folder().parent)) if verl_folder() else []


@pytest.mark.parametrize(
    "need", INSTALLED, ids=[f"{type(n).__name__} {n.__dict__.get('name')}" for n in INSTALLED]
)
def test_whatever_is_renamed_is_reported_by_name(doctored, need):
    where = f"verl/{need.file}" if isinstance(need, Settings) else f"{need.module}.{need.name}"
    for part, said in parts(need).items():
        verl = doctored(need, rf"(?<!\w){re.escape(part)}(?!\w)", "renamed")
        found = list(canary.findings(verl, need))
        assert any(line.startswith(f"{where.rstrip('.')}: {said}") for line in found), (part, found)


def by_name(name):
    (need,) = (need for need in INSTALLED if isinstance(need, Function) and need.name == name)
    return need


def test_a_new_parameter_breaks_only_what_would_lose_it(doctored):
    need = by_name("PPOTrainer._dump_generations")
    verl = doctored(need, r"dump_path\):", "dump_path, step):")
    (found,) = canary.findings(verl, need)
    assert found.startswith(f"{need.module}.{need.name}: takes (self, inputs, outputs, gts, scores")
    assert "dump_path, step), expected (" in found

    need = by_name("compute_advantage")
    verl = doctored(need, r"num_repeat: int = 1,", "num_repeat: int = 1, step: int = 0,")
    assert list(canary.findings(verl, need)) == []


def test_the_command_says_what_would_break_and_fails(doctored, tmp_path, capsys):
    for need in INSTALLED:
        doctored(need, r"\A", "")
    need = by_name("compute_advantage")
    doctored(need, "adv_estimator: AdvantageEstimator", "estimator: AdvantageEstimator")
    version = tmp_path / "verl/version/version"
    version.write_text("0.9.2.dev0\n")
    assert canary.main([str(tmp_path)]) == 1
    finding, why, where, verdict = capsys.readouterr().out.splitlines()
    assert finding.startswith(
        "verl.trainer.ppo.ray_trainer.compute_advantage: takes (data, estimator, gamma, "
    )
    assert finding.endswith("expected (data, adv_estimator, ...)")
    assert why == f"    for: {need.why}"
    assert where == "    in: every trainer"
    assert verdict == "verl 0.9.2.dev0: of what lead_rs relies on, 1 would break"


@pytest.mark.parametrize(
    ("argument", "requirement"), [("0.9.2", "verl==0.9.2"), ("latest", "verl")]
)
def test_a_version_is_downloaded(monkeypatch, tmp_path, argument, requirement):
    def download(command, check):
        assert command[1:4] == ["-m", "pip", "download"]
        assert command[-1] == requirement
        folder = Path(command[command.index("--dest") + 1])
        with canary.zipfile.ZipFile(folder / "verl-0.9.2-py3-none-any.whl", "w") as wheel:
            wheel.writestr("verl/version/version", "0.9.2\n")

    monkeypatch.setattr(canary.subprocess, "run", download)
    assert canary.Verl(canary.unpacked(argument, tmp_path)).version == "0.9.2"


@pytest.mark.parametrize("argument", ["./no/such/folder", "no-such.whl", "."])
def test_what_is_no_verl_is_an_error(tmp_path, monkeypatch, capsys, argument):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as status:
        canary.main([argument])
    assert status.value.code == 2
    assert f"no verl in {argument}" in capsys.readouterr().err


def test_keys_of_a_yaml_file():
    text = "a:\n  b: 1  # c: 2\n\n  # d: 3\n  e:\n    f: x\ng: {h: 1}\nlist:\n  - i: 1\n"
    assert canary.yaml_keys(text) == {"a", "a.b", "a.e", "a.e.f", "g", "list"}
