from __future__ import annotations

import contextlib
import os
import re
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.files import read_regular_file
from exporter.tencent import watched_file
from exporter.tencent.credentials import Credentials, FixedCredentials, ProfileCredentials, default_chain
from exporter.tencent.errors import NoCredentialsError, one_line
from exporter.tencent.key_text import ALLOWED, KeyTextError, check_key_text
from exporter.tencent.secret import Secret

ENVIRONMENT = {"TENCENTCLOUD_SECRET_ID": "AKIDenv", "TENCENTCLOUD_SECRET_KEY": "env-key"}


def profile(path: Path, text: str = "[default]\nsecret_id = AKIDprofile\nsecret_key = profile%key\n") -> Path:
    path.write_text(text)
    return path


def test_environment_comes_before_the_profile(tmp_path: Path) -> None:
    chain = default_chain(ENVIRONMENT, [profile(tmp_path / "credentials")])
    assert chain.find() == Credentials("AKIDenv", Secret("env-key"))


def test_token_of_the_environment() -> None:
    for variables, token in (
        ({"TENCENTCLOUD_TOKEN": "tok"}, "tok"),
        ({"TENCENTCLOUD_SECURITY_TOKEN": "security"}, "security"),
        ({"TENCENTCLOUD_TOKEN": "tok", "TENCENTCLOUD_SECURITY_TOKEN": "security"}, "tok"),
        ({"TENCENTCLOUD_TOKEN": " ", "TENCENTCLOUD_SECURITY_TOKEN": "security"}, "security"),
    ):
        assert default_chain({**ENVIRONMENT, **variables}, []).find().token == Secret(token)


@pytest.mark.parametrize(
    "environment", [{}, {"TENCENTCLOUD_SECRET_ID": "AKIDenv"}, {**ENVIRONMENT, "TENCENTCLOUD_SECRET_KEY": ""}]
)
def test_without_a_whole_pair_in_the_environment_the_first_profile_counts(
    environment: dict[str, str], tmp_path: Path
) -> None:
    second = profile(tmp_path / "second", "[default]\nsecret_id=AKIDsecond\nsecret_key=k\n")
    chain = default_chain(environment, [tmp_path / "missing", profile(tmp_path / "first"), second])
    assert chain.find() == Credentials("AKIDprofile", Secret("profile%key"), identity=f"{tmp_path}/first")


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


NO_KEYS = [
    ("A\nB", "that looks like several lines"),
    ("two words", "whose character 4 is a space"),
    ("schl\u00fcssel", "whose character 5 is a letter that is not ASCII (Latin)"),
    ("hush\u0410", "whose character 5 is a letter that is not ASCII (Cyrillic)"),
    ("\u201chush\u201d", "whose character 1 is a typographic quotation mark"),
    ('"hush"', "that looks like text in quotes, which are no part of a key"),
    ("hush" * 1025, "of more than 4096 characters"),
    *(
        (placeholder, "that looks like a placeholder which nothing has filled in")
        for placeholder in (
            "${SECRET_KEY}",
            "$SECRET_KEY",
            "$(SECRET_KEY)",
            "<secret-key>",
            "{{ secret_key }}",
            "{{secret_key}}",
            "%SECRET%",
            "@SECRET@",
            "__SECRET__",
            "YOUR_SECRET_KEY",
            "change-me",
            "REPLACE_WITH_SECRET_KEY",
        )
    ),
    ("secret_key=hush", "that looks like a line with the name of a variable before its value"),
    ("SECRET_KEY = hush", "that looks like a line with the name of a variable before its value"),
    ("TENCENTCLOUD_SECRET_KEY=hush", "that looks like a line with the name of a variable before its value"),
    ("export TENCENTCLOUD_SECRET_KEY='hush'", "that looks like a line of a shell script"),
    ("set SECRET_KEY=hush", "that looks like a line of a shell script"),
    ("secret_key: hush", "that looks like a line of YAML with the key before its value"),
    ("secretKey: hush\nsecretId: hush", "that looks like a line of YAML with the key before its value"),
    ('{"secret_key": "hush"}', "that looks like JSON"),
    ("[default]\nsecret_key = hush", "that looks like an INI file: a profile has a place of its own"),
    ("SecretId,SecretKey\nAKIDhush,hush", "that looks like a CSV file"),
    ("AKIDhush:hush", "that looks like a secret id with something behind it"),
    ("-----BEGIN PRIVATE KEY-----\nhush", "that looks like a PEM file"),
]


@pytest.mark.parametrize("name", ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"])
@pytest.mark.parametrize(("value", "problem"), [*NO_KEYS, ("\udc80", "whose character 1 is not ASCII")])
def test_a_variable_that_holds_no_key_is_told_without_its_value(name: str, value: str, problem: str) -> None:
    with pytest.raises(NoCredentialsError) as caught:
        default_chain({**ENVIRONMENT, name: value}, []).find()
    assert caught.value.message == f"{name}: found text {problem}, allowed: {ALLOWED}, and nothing else"
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(("value", "problem"), NO_KEYS)
def test_a_file_that_holds_no_key_is_told_without_its_content(value: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"\n{value}\n")
    for source in (FixedCredentials("AKID", path), FixedCredentials(path, Secret("k"))):
        with pytest.raises(NoCredentialsError) as caught:
            source.find()
        assert caught.value.message == one_line(f"{path}: found text {problem}, allowed: {ALLOWED}, and nothing else")


@pytest.mark.parametrize("value", [value for value, _ in NO_KEYS if "\n" not in value])
@pytest.mark.parametrize("part", ["secret_id", "secret_key", "token"])
def test_a_profile_that_holds_no_key_is_told_without_its_content(part: str, value: str, tmp_path: Path) -> None:
    parts = {"secret_id": "a", "secret_key": "b", part: value}
    lines = "".join(f"{name} = {text}\n" for name, text in parts.items())
    path = profile(tmp_path / "credentials", f"[default]\n{lines}")
    with pytest.raises(NoCredentialsError, match=f"credentials: {part}: found text") as caught:
        default_chain({}, [path]).find()
    assert "hush" not in str(caught.value)


@given(st.text())
def test_any_text_is_a_key_that_a_header_carries_or_is_refused(text: str) -> None:
    try:
        assert re.fullmatch("[!-~]{1,4096}", check_key_text(text))
    except KeyTextError as error:
        message = str(error)
        assert text not in message or len(text) < 4 or message.isascii()


@given(st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), min_size=20))
def test_what_tencent_cloud_gives_out_is_a_key(text: str) -> None:
    for key in (text, f"AKID{text}", f"AKID{text}==", f"{text}-{text}_{text}", f"{text}/+=="):
        assert check_key_text(key) == key


@pytest.mark.parametrize("key", ["key", "id", "secret-key", "my_token", "AKIDxxxxxxxx", "changed", "a=b", "$", "<"])
def test_what_only_resembles_a_placeholder_is_a_key(key: str) -> None:
    assert check_key_text(key) == key


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text()
    | st.lists(st.sampled_from(["[default]\n", "secret_id", "=", ":", "x", "\n", " ", "\t", "[", "]", "%"])).map(
        "".join
    )
)
def test_any_profile_is_read_or_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "credentials"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with contextlib.suppress(NoCredentialsError):
        assert ProfileCredentials(path).find() is None


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


@pytest.mark.parametrize("kind", ["FIFO", "device", "socket", "directory"])
def test_what_is_no_regular_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    with socket.socket(socket.AF_UNIX) as listening:
        match kind:
            case "FIFO":
                os.mkfifo(path)
            case "device":
                path.symlink_to("/dev/zero")
            case "socket":
                listening.bind(str(path))
            case _:
                path.mkdir()
        for source in (FixedCredentials("AKID", path), FixedCredentials(path, Secret("k")), ProfileCredentials(path)):
            with pytest.raises(NoCredentialsError, match=f"cannot read {path}: (Not a reg|Is a dir|No such device)"):
                source.find()


def test_the_identity_outlives_the_key(tmp_path: Path) -> None:
    path, key, token = tmp_path / "id", tmp_path / "key", tmp_path / "token"
    profile_path = profile(tmp_path / "credentials")
    for number in (1, 2):
        for one in (path, key, token):
            one.write_text(f"AKID{number}")
        profile(profile_path, f"[default]\nsecret_id=AKID{number}\nsecret_key=k\n")
        for source, identity in (
            (FixedCredentials("AKID", key, token), "AKID"),
            (FixedCredentials(path, key, token), str(path)),
            (FixedCredentials(tmp_path / ".." / tmp_path.name / "id", key), str(path)),
            (default_chain({}, [profile_path]), str(profile_path)),
            (default_chain(ENVIRONMENT, [profile_path]), "AKIDenv"),
        ):
            assert source.find().identity == identity
    assert Credentials("AKID", Secret("k")).identity == "AKID"
    assert "identity" not in repr(Credentials("AKID", Secret("k")))


def test_missing_file_is_told_by_its_path_and_found_once_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "id"
    source = FixedCredentials(path, Secret("k"))
    with pytest.raises(NoCredentialsError, match=f"cannot read {path}: No such file or directory"):
        source.find()
    path.write_text("AKIDlate")
    assert source.find() == Credentials("AKIDlate", Secret("k"), identity=str(path))


def test_no_repr_shows_a_secret() -> None:
    credentials = Credentials("AKIDvisible", Secret("hush"), Secret("tok"))
    for text in (repr(credentials), str(credentials), f"{credentials.secret_key}", "%s" % credentials.token):  # noqa: UP031
        assert not {"AKIDvisible", "hush", "tok"} & set(text.replace("'", " ").split())
        assert "hush" not in text
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))


@pytest.mark.parametrize(
    ("environment", "profile_text", "words"),
    [
        ({}, "[default]\nsecret_key = hush\n", "{path}: secret_key is set, secret_id is not"),
        (
            {},
            "[default]\nsecret_id = AKID\ntoken = hush\n",
            "{path}: secret_id and token are set, secret_key is not",
        ),
        (
            {"TENCENTCLOUD_TOKEN": "hush"},
            "",
            "TENCENTCLOUD_TOKEN is set, TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not",
        ),
        (
            {"TENCENTCLOUD_SECRET_ID": "hush"},
            "[default]\nsecret_id = AKID\n",
            (
                "TENCENTCLOUD_SECRET_ID is set, TENCENTCLOUD_SECRET_KEY is not; "
                "{path}: secret_id is set, secret_key is not"
            ),
        ),
    ],
)
def test_half_a_pair_is_told(environment: dict[str, str], profile_text: str, words: str, tmp_path: Path) -> None:
    path = profile(tmp_path / "credentials", profile_text)
    with pytest.raises(NoCredentialsError) as caught:
        default_chain(environment, [path]).find()
    told = words.format(path=path)
    looked = f"TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, {path}"
    assert caught.value.message == one_line(f"no key found; {told}; looked in {looked}")
    assert "hush" not in str(caught.value)


def test_where_a_key_comes_from_is_known_in_words(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("hush")
    assert FixedCredentials("AKID", Secret("k")).find().source == "secret_id and secret_key of the configuration"
    assert FixedCredentials("AKID", key).find().source == f"secret_id of the configuration, secret_key_file {key}"
    assert FixedCredentials(key, key, key).find().source == (
        f"secret_id_file {key}, secret_key_file {key}, token_file {key}"
    )
    assert default_chain(ENVIRONMENT, []).find().source == "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"
    path = profile(tmp_path / "credentials")
    assert default_chain({}, [path]).find().source == str(path)
