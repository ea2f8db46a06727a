"""What `--print-dashboards` and `--print-rules` write, and what they leave alone."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from exporter import carried_files
from exporter.carried_files import WriteError, dashboards, rules, runbook, write_copies
from exporter.cli import main

ROOT = Path(__file__).parents[1]
DASHBOARDS = sorted((ROOT / "grafana/dashboards").glob("*.json"))
RULES = sorted((ROOT / "prometheus/rules").glob("*.yml"))


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str], str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out.splitlines(), captured.err


def content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.mark.parametrize(("flag", "files"), [("--print-dashboards", DASHBOARDS), ("--print-rules", RULES)])
def test_all_files_are_written_into_a_new_directory(
    flag: str, files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "not" / "there"
    written = [str(directory / file.name) for file in files]
    assert run(f"{flag}={directory}", capsys=capsys) == (0, written, "")
    assert content(directory) == {file.name: file.read_bytes() for file in files}


def test_both_at_once_and_once_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "exporter.yaml"
    other.write_text("mine")
    arguments = ("--print-dashboards", str(tmp_path), "--print-rules", str(tmp_path))
    for _ in range(2):
        code, written, _ = run(*arguments, capsys=capsys)
        assert (code, len(written)) == (0, len(DASHBOARDS) + len(RULES))
        assert set(content(tmp_path)) == {other.name, *(file.name for file in (*DASHBOARDS, *RULES))}
        # As another version wrote them, to be replaced.
        (tmp_path / RULES[0].name).write_text("expr: tccc_up == 0\n")
    assert other.read_text() == "mine"


def test_everybody_may_read_what_is_written(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        modes = {stat.S_IMODE(path.stat().st_mode) for path in write_copies({tmp_path: rules()})}
    finally:
        os.umask(before)
    assert modes == {0o644}


def other_file(path: Path) -> None:
    path.write_text("groups: []\n")


def directory(path: Path) -> None:
    path.mkdir()


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link_to_another_file(path: Path) -> None:
    (path.parent / "other").write_text("mine")
    path.symlink_to("other")


@pytest.mark.parametrize(
    ("in_the_way", "problem"),
    [
        (other_file, "another file of this name is there; move it, or name another directory"),
        (link_to_another_file, "another file of this name is there; move it, or name another directory"),
        (directory, "Is a directory"),
        (fifo, "Not a regular file"),
    ],
)
def test_what_is_in_the_way_stays(
    in_the_way: Callable[[Path], None], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / RULES[-1].name
    in_the_way(path)
    before = sorted(tmp_path.iterdir())
    error = f"tccc-exporter: error: cannot write {path}: {problem}\n"
    assert run(f"--print-rules={tmp_path}", capsys=capsys) == (1, [], error)
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_that_a_link_leads_to_is_not_written_through_it(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("tccc_up")
    (tmp_path / "rules").mkdir()
    path = tmp_path / "rules" / RULES[0].name
    path.symlink_to(target)
    list(write_copies({path.parent: rules()}))
    assert (target.read_text(), path.is_symlink()) == ("tccc_up", False)


@pytest.mark.parametrize(
    ("where", "reason"),
    [("file", "Not a directory"), ("file/below", "Not a directory"), ("/proc/none", "No such file or directory")],
)
def test_a_directory_that_cannot_be_written(
    where: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    where = str(tmp_path / where)
    error = f"tccc-exporter: error: cannot write {where}/{RULES[0].name}: {reason}\n"
    assert run(f"--print-rules={where}", capsys=capsys) == (1, [], error)


def test_a_disk_that_is_full_costs_no_file_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / RULES[1].name).write_text("tccc_up")
    written = write_copies({tmp_path: rules()})
    assert next(written) == tmp_path / RULES[0].name

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WriteError, match=f"^cannot write {tmp_path / RULES[1].name}: No space left on device$"):
        next(written)
    assert content(tmp_path) == {RULES[0].name: RULES[0].read_bytes(), RULES[1].name: b"tccc_up"}


def test_what_was_written_before_a_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    arguments = (f"--print-dashboards={tmp_path / 'dashboards'}", f"--print-rules={tmp_path / 'rules'}")
    monkeypatch.setattr("exporter.cli.rules", lambda: [tmp_path / "gone.yml"])
    code, written, error = run(*arguments, capsys=capsys)
    assert (code, len(written)) == (1, len(DASHBOARDS))
    assert error == f"tccc-exporter: error: cannot write {tmp_path}/rules/gone.yml: No such file or directory\n"


def test_an_installed_package_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("runbook.md", "dashboards/one.json", "rules/one.yml"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setattr(carried_files, "_PACKAGE", tmp_path)
    assert runbook() == tmp_path / "data/runbook.md"
    assert dashboards() == [tmp_path / "data/dashboards/one.json"]
    assert rules() == [tmp_path / "data/rules/one.yml"]


def test_a_package_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(carried_files, "_PACKAGE", tmp_path / "exporter")
    monkeypatch.setattr(carried_files, "_REPOSITORY", tmp_path)
    assert runbook() is None
    code, out, error = run(f"--print-rules={tmp_path / 'out'}", capsys=capsys)
    assert (code, out) == (1, [])
    assert error == f"tccc-exporter: error: cannot write into {tmp_path}/out: the package came without these files\n"


def test_each_file_is_known_again_and_is_what_its_name_says() -> None:
    for path in (*dashboards(), *rules()):
        assert b"tccc_" in path.read_bytes()
    assert all(json.loads(path.read_text())["uid"].startswith("tccc-") for path in dashboards())
    assert all(yaml.safe_load(path.read_text())["groups"] for path in rules())
