from __future__ import annotations

import os
from pathlib import Path

import pytest

from exporter.tencent.credentials import Credentials, FixedCredentials, default_chain
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.secret import Secret

ENVIRONMENT = {"TENCENTCLOUD_SECRET_ID": "AKIDenv", "TENCENTCLOUD_SECRET_KEY": "env-key"}


def profile(path: Path, text: str = "[default]\nsecret_id = AKIDprofile\nsecret_key = profile%key\n") -> Path:
    path.write_text(text)
    return path


def test_environment_comes_before_the_profile(tmp_path: Path) -> None:
    chain = default_chain(ENVIRONMENT, [profile(tmp_path / "credentials")])
    assert chain.find() == Credentials("AKIDenv", Secret("env-key"))


def test_token_of_the_environment() -> None:
    chain = default_chain({**ENVIRONMENT, "TENCENTCLOUD_TOKEN": "tok"}, [])
    assert chain.find().token == Secret("tok")


@pytest.mark.parametrize(
    "environment", [{}, {"TENCENTCLOUD_SECRET_ID": "AKIDenv"}, {**ENVIRONMENT, "TENCENTCLOUD_SECRET_KEY": ""}]
)
def test_without_a_whole_pair_in_the_environment_the_first_profile_counts(
    environment: dict[str, str], tmp_path: Path
) -> None:
    second = profile(tmp_path / "second", "[default]\nsecret_id=AKIDsecond\nsecret_key=k\n")
    chain = default_chain(environment, [tmp_path / "missing", profile(tmp_path / "first"), second])
    assert chain.find() == Credentials("AKIDprofile", Secret("profile%key"))


@pytest.mark.parametrize("text", ["[other]\nsecret_id=a\nsecret_key=b\n", "[default]\nsecret_id=a\n", ""])
def test_nothing_found_tells_where_was_looked(text: str, tmp_path: Path) -> None:
    path = profile(tmp_path / "credentials", text)
    with pytest.raises(NoCredentialsError, match="TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, .*credentials"):
        default_chain({}, [path]).find()


def test_profile_that_is_no_ini_file_is_told_without_its_content(tmp_path: Path) -> None:
    path = profile(tmp_path / "credentials", "hush-hush\n")
    with pytest.raises(NoCredentialsError, match="not an INI file") as caught:
        default_chain({}, [path]).find()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"])
@pytest.mark.parametrize("value", ["A\nB", "two words", "schl\u00fcssel", "\udc80"])
def test_a_variable_that_holds_no_key_is_told_without_its_value(name: str, value: str) -> None:
    with pytest.raises(NoCredentialsError, match="TENCENTCLOUD_SECRET_ID and .*: the key or token holds") as caught:
        default_chain({**ENVIRONMENT, name: value}, []).find()
    assert value not in str(caught.value)


def test_blanks_around_a_variable_are_no_part_of_it() -> None:
    assert default_chain({**ENVIRONMENT, "TENCENTCLOUD_SECRET_ID": " AKID\n"}, []).find().secret_id == "AKID"
    with pytest.raises(NoCredentialsError, match="no key found"):
        default_chain({**ENVIRONMENT, "TENCENTCLOUD_SECRET_ID": " "}, []).find()


def test_a_home_that_is_closed_or_unknown_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("a file where a directory should be")
    chain = default_chain({}, [tmp_path / "home" / "credentials", profile(tmp_path / "second")])
    assert chain.find().secret_id == "AKIDprofile"

    def no_home(_path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    with pytest.raises(NoCredentialsError, match="no key found"):
        default_chain({}, [Path("~/.tencentcloud/credentials")]).find()


def test_a_profile_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = profile(tmp_path / "credentials", "\ufeff[default]\nsecret_id=a\nsecret_key=b\n")
    assert default_chain({}, [path]).find().secret_id == "a"


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


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "should hold one key or token and nothing else"),
        (b"two words", "should hold one key or token and nothing else"),
        (b"two\nlines", "should hold one key or token and nothing else"),
        ("schlüssel".encode(), "should hold one key or token and nothing else"),
        (b"\xff\xfe", "it is not UTF-8 text"),
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
    assert source.find() == Credentials("AKIDlate", Secret("k"))


def test_no_repr_shows_a_secret() -> None:
    credentials = Credentials("AKIDvisible", Secret("hush"), Secret("tok"))
    for text in (repr(credentials), str(credentials), f"{credentials.secret_key}", "%s" % credentials.token):  # noqa: UP031
        assert not {"AKIDvisible", "hush", "tok"} & set(text.replace("'", " ").split())
        assert "hush" not in text
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
