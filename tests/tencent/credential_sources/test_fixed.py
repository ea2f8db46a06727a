from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.files import read_regular_file
from exporter.tencent import watched_file
from exporter.tencent.credential_sources.fixed import FixedCredentials
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.key_text import ALLOWED
from exporter.tencent.secret import Secret
from tests.tencent.credential_sources.samples import NO_KEYS


@pytest.mark.parametrize(("value", "problem"), NO_KEYS)
def test_a_file_that_holds_no_key_is_told_without_its_content(value: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"\n{value}\n")
    for source in (FixedCredentials("AKID", path), FixedCredentials(path, Secret("k"))):
        with pytest.raises(NoCredentialsError) as caught:
            source.find()
        assert caught.value.message == f"{path}: found text {problem}, allowed: {ALLOWED}, and nothing else"


def test_files_are_read_again_when_they_change(tmp_path: Path) -> None:
    key, token = tmp_path / "key", tmp_path / "token"
    key.write_text("first\n")
    token.write_text("one")
    source = FixedCredentials("AKID", key, token)
    assert source.find() == Credentials("AKID", Secret("first"), Secret("one"))
    key.write_text("second\n")
    os.utime(key, ns=(1, 1))
    assert source.find() == Credentials("AKID", Secret("second"), Secret("one"))


def test_a_secret_mounted_by_swapping_a_link_is_seen(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, ns=(1, 1))
    link = tmp_path / "key"
    link.symlink_to("old")
    source = FixedCredentials("AKID", link)
    assert source.find().secret_key == Secret("old")
    (tmp_path / "swapped").symlink_to("new")
    (tmp_path / "swapped").rename(link)
    assert source.find().secret_key == Secret("new")


def test_a_change_is_seen_that_keeps_size_and_modification_time(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("first")
    os.utime(path, ns=(1, 1))
    source = FixedCredentials("AKID", path)
    for text in ("other", "third", "fifth"):
        source.find()
        path.write_text(text)
        os.utime(path, ns=(1, 1))
        assert source.find().secret_key == Secret(text)


def test_a_file_that_stays_as_it_is_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    path.write_text("first")
    reads = []

    def read(path: Path, largest: int) -> tuple[bytes, os.stat_result]:
        reads.append(path)
        return read_regular_file(path, largest)

    monkeypatch.setattr(watched_file, "read_regular_file", read)
    monkeypatch.setattr(watched_file, "SETTLING_TIME", -3600.0)
    source = FixedCredentials("AKID", path)
    assert [source.find().secret_key for _ in range(5)] == [Secret("first")] * 5
    assert len(reads) == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "found text that is empty, allowed: 1 to 4096 characters of printable ASCII without spaces"),
        (b" \n", "found text that is empty"),
        (b"\xff\xfe", "it is not UTF-8 text"),
        ("key".encode("utf-16"), "it is not UTF-8 text"),
        (b"x" * 65_537, "Larger than 64 KiB"),
    ],
)
def test_files_that_hold_no_key(content: bytes, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(NoCredentialsError, match=problem):
        FixedCredentials("AKID", path).find()


def test_missing_file_is_told_by_its_path_and_found_once_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "id"
    source = FixedCredentials(path, Secret("k"))
    with pytest.raises(NoCredentialsError, match=f"cannot read {path}: No such file or directory"):
        source.find()
    path.write_text("AKIDlate")
    assert source.find() == Credentials("AKIDlate", Secret("k"), identity=str(path))


def mount(directory: Path, version: str, parts: dict[str, str]) -> None:
    """Mount a secret as Kubernetes does: its files are links by way of one that is swapped for all of them at once."""
    (directory / f"..{version}").mkdir()
    for name, text in parts.items():
        (directory / f"..{version}" / name).write_text(text)
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"..data/{name}")
    (directory / "..data_tmp").symlink_to(f"..{version}")
    (directory / "..data_tmp").rename(directory / "..data")


def pair(number: int) -> dict[str, str]:
    return {"id": f"AKID{number}", "key": f"key{number}", "token": f"tok{number}"}


def test_a_secret_that_kubernetes_mounts_is_followed_and_stays_the_same_source(tmp_path: Path) -> None:
    mount(tmp_path, "1", pair(1))
    source = FixedCredentials(*(tmp_path / name for name in ("id", "key", "token")))
    for number in range(1, 5):
        if number > 1:
            mount(tmp_path, str(number), pair(number))
        expected = Credentials(f"AKID{number}", Secret(f"key{number}"), Secret(f"tok{number}"), str(tmp_path / "id"))
        assert source.find() == source.current() == expected


@pytest.mark.parametrize("swapped_before", ["id", "key", "token"])
def test_files_swapped_while_they_are_read_give_one_key_and_not_parts_of_two(
    swapped_before: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount(tmp_path, "1", pair(1))
    source = FixedCredentials(*(tmp_path / name for name in ("id", "key", "token")))
    assert source.find().secret_id == "AKID1"

    def read(path: Path, largest: int) -> tuple[bytes, os.stat_result]:
        if path.name == swapped_before and not (tmp_path / "..2").exists():
            mount(tmp_path, "2", pair(2))
        return read_regular_file(path, largest)

    monkeypatch.setattr(watched_file, "read_regular_file", read)
    assert source.find() == Credentials("AKID2", Secret("key2"), Secret("tok2"), str(tmp_path / "id"))


async def test_a_key_that_is_refused_is_worth_another_try_once_its_file_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("one")
    source = FixedCredentials("AKID", Secret("k"), path)
    refused = await source.get()
    assert not await source.renew(refused)
    path.write_text("two")
    assert await source.renew(refused)
    path.unlink()
    assert source.current() is None
    assert not await source.renew(refused)
