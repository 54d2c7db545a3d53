"""Sources and manifests from strangers: refused, or written anew."""

import json

import pytest

pytest.importorskip("pyarrow")

from lead_rs.cli import main
from lead_rs.data import preparation

ROWS = [{"problem": f"What is ${i}+1$?", "answer": str(i + 1), "level": 5, "subject": "Algebra"}
        for i in range(3)]  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["[" * 100_000, "[" * 900 + "]" * 900, "1" * 5_000, "1" + "0" * 400, "NaN", "1e999", "{}"],
    ids=lambda value: value[:8],
)
@pytest.mark.parametrize("name", ["answer", "problem", "level"])
def test_foreign_rows_are_refused(tmp_path, capsys, name, value):
    text = json.dumps({**ROWS[0], name: "HERE"}).replace('"HERE"', value)
    (tmp_path / "test.jsonl").write_text(f"{text}\n{json.dumps(ROWS[1])}\n")
    command = ["math500", "--out", str(tmp_path / "out"), "--from", str(tmp_path / "test.jsonl")]
    code = main(["data", *command])
    written = (tmp_path / "out/math500/test.parquet").exists()
    if code:
        assert "lead-rs: " in capsys.readouterr().err
        assert not written
    else:
        assert (name, len(value)) == ("answer", 401)  # a number, however large


@pytest.mark.parametrize("data", [b"PAR1", b"\xff\xfe{", b"PAR1" + bytes(500) + b"PAR1"])
@pytest.mark.parametrize("suffix", ["parquet", "jsonl", "json"])
def test_foreign_bytes_are_refused(tmp_path, capsys, suffix, data):
    file = tmp_path / f"test.{suffix}"
    file.write_bytes(data)
    assert main(["data", "math500", "--out", str(tmp_path / "out"), "--from", str(file)]) == 2
    assert str(file) in capsys.readouterr().err


@pytest.mark.parametrize(
    "spoil",
    [
        lambda splits: {},
        lambda splits: {"test": {**splits["test"], "file": "../elsewhere.parquet"}},
        lambda splits: {"../elsewhere": {**splits["test"], "file": "../elsewhere.parquet"}},
    ],
    ids=["names no file", "names another's", "is another's"],
)
def test_a_manifest_vouches_for_its_own_files_only(tmp_path, write_jsonl, spoil):
    source, folder = write_jsonl("test.jsonl", ROWS), tmp_path / "math500"
    preparation.prepare("math500", folder, files={"test": source})
    whole = (folder / "test.parquet").read_bytes()
    (tmp_path / "elsewhere.parquet").write_bytes(whole)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["splits"] = spoil(manifest["splits"])
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "test.parquet").write_bytes(b"a stranger's")
    preparation.prepare("math500", folder, files={"test": source})
    assert (folder / "test.parquet").read_bytes() == whole
