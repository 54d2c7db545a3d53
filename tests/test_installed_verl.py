"""Which verl is installed, and whether LEAD may be in its processes."""

import sys

import pytest

from lead_rs import installed_verl


@pytest.fixture
def verl(tmp_path):
    """The folder of a verl of this version."""

    def make(version):
        (tmp_path / "verl" / "version").mkdir(parents=True)
        (tmp_path / "verl" / "version" / "version").write_text(f"{version}\n")
        return tmp_path / "verl"

    return make


@pytest.fixture
def only(monkeypatch):
    """Have Python find packages in this folder and nowhere else."""

    def only(folder):
        monkeypatch.delitem(sys.modules, "verl", raising=False)
        monkeypatch.setattr(sys, "path", [str(folder)])

    return only


def test_the_folder_of_a_package_is_found_through_links(verl, only, tmp_path):
    folder = verl("0.9.0")
    (folder / "__init__.py").write_text("raise RuntimeError('it was imported')")
    (tmp_path / "link").symlink_to(tmp_path)
    only(tmp_path / "link")
    assert installed_verl.folder() == folder


def test_a_mere_folder_of_that_name_is_no_verl(verl, only, tmp_path):
    verl("0.9.0")
    only(tmp_path)
    assert installed_verl.folder() is None


def test_where_there_is_none_there_is_no_folder(only, tmp_path):
    only(tmp_path)
    assert installed_verl.folder() is None


OLD = ["0.7.1", "0.8.0", "0.8.9.dev12"]
NEW = ["0.9.0.dev0", "0.9.0", "0.9.1", "0.10", "1.0.0"]


def test_it_is_the_newer_ones_that_load_plugins(verl):
    folder = verl("")
    for version in OLD + NEW:
        (folder / "version" / "version").write_text(version)
        assert installed_verl.loads_plugins(folder) == (version in NEW), version


def test_the_version_is_what_its_file_says(verl):
    assert installed_verl.version(verl("0.9.1")) == "0.9.1"


def test_the_modules_that_are_named(monkeypatch):
    for value, names in (("", []), ("mine,,lead_rs.verl", ["mine", "lead_rs.verl"])):
        monkeypatch.setenv("VERL_USE_EXTERNAL_MODULES", value)
        assert installed_verl.named_modules() == names
    monkeypatch.delenv("VERL_USE_EXTERNAL_MODULES")
    assert installed_verl.named_modules() == []


@pytest.mark.parametrize(
    ("version", "plugins", "modules", "may"),
    [
        ("0.9.0", None, "", True),
        ("0.9.0", " AUTO ", "", True),
        ("0.9.0", "none", "", False),
        ("0.9.0", "", "", False),
        ("0.9.0", "mine", "also_mine", False),
        ("0.9.0", "mine, lead_rs", "", True),
        ("0.9.0", "none", "mine,lead_rs.verl", True),
        ("0.8.0", "none", "", True),
    ],
)
def test_the_user_can_keep_plugins_out(verl, monkeypatch, version, plugins, modules, may):
    monkeypatch.setenv("VERL_USE_EXTERNAL_MODULES", modules)
    if plugins is None:
        monkeypatch.delenv("VERL_USE_EXTERNAL_PLUGINS", raising=False)
    else:
        monkeypatch.setenv("VERL_USE_EXTERNAL_PLUGINS", plugins)
    assert installed_verl.may_load_lead(verl(version)) == may
