from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exporter.tencent.credential_sources import cvm_role
from exporter.tencent.credential_sources.default_chain import (
    METADATA_VARIABLE,
    STS_VARIABLE,
    CredentialChain,
    default_chain,
)
from exporter.tencent.credential_sources.fixed import FixedCredentials
from exporter.tencent.credential_sources.profile import ProfileCredentials
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.key_text import ALLOWED
from exporter.tencent.secret import Secret
from tests.tencent.credential_sources.samples import ENVIRONMENT, NO_KEYS, find, local_chain, profile
from tests.tencent.credential_sources.stand_ins import VARIABLES, Metadata, Sts, hanging, saying


def test_environment_comes_before_the_profile(tmp_path: Path) -> None:
    assert find(ENVIRONMENT, [profile(tmp_path / "credentials")]) == Credentials("AKIDenv", Secret("env-key"))


def test_token_of_the_environment() -> None:
    for variables, token in (
        ({"TENCENTCLOUD_TOKEN": "tok"}, "tok"),
        ({"TENCENTCLOUD_SECURITY_TOKEN": "security"}, "security"),
        ({"TENCENTCLOUD_TOKEN": "tok", "TENCENTCLOUD_SECURITY_TOKEN": "security"}, "tok"),
        ({"TENCENTCLOUD_TOKEN": " ", "TENCENTCLOUD_SECURITY_TOKEN": "security"}, "security"),
    ):
        assert find({**ENVIRONMENT, **variables}, []).token == Secret(token)


@pytest.mark.parametrize(
    "environment", [{}, {"TENCENTCLOUD_SECRET_ID": "AKIDenv"}, {**ENVIRONMENT, "TENCENTCLOUD_SECRET_KEY": ""}]
)
def test_without_a_whole_pair_in_the_environment_the_first_profile_counts(
    environment: dict[str, str], tmp_path: Path
) -> None:
    second = profile(tmp_path / "second", "[default]\nsecret_id=AKIDsecond\nsecret_key=k\n")
    found = find(environment, [tmp_path / "missing", profile(tmp_path / "first"), second])
    assert found == Credentials("AKIDprofile", Secret("profile%key"), identity=f"{tmp_path}/first")


@pytest.mark.parametrize("text", ["[other]\nsecret_id=a\nsecret_key=b\n", "[default]\n", ""])
def test_nothing_found_tells_why_each_place_was_passed_over(text: str, tmp_path: Path) -> None:
    path = profile(tmp_path / "credentials", text)
    with pytest.raises(NoCredentialsError) as caught:
        find({}, [path, tmp_path / "missing"])
    assert caught.value.message == (
        "no key found: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set; "
        f"{path}: no secret_id and secret_key in a section [default]; "
        f"{tmp_path}/missing: no such file or directory"
    )


def test_profile_that_is_no_ini_file_is_told_without_its_content(tmp_path: Path) -> None:
    path = profile(tmp_path / "credentials", "hush-hush\n")
    with pytest.raises(NoCredentialsError, match="not an INI file") as caught:
        find({}, [path])
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"])
@pytest.mark.parametrize(("value", "problem"), [*NO_KEYS, ("\udc80", "whose character 1 is not ASCII")])
def test_a_variable_that_holds_no_key_is_told_without_its_value(name: str, value: str, problem: str) -> None:
    with pytest.raises(NoCredentialsError) as caught:
        find({**ENVIRONMENT, name: value}, [])
    assert caught.value.message == f"{name}: found text {problem}, allowed: {ALLOWED}, and nothing else"
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("value", [value for value, _ in NO_KEYS if "\n" not in value])
@pytest.mark.parametrize("part", ["secret_id", "secret_key", "token"])
def test_a_profile_that_holds_no_key_is_told_without_its_content(part: str, value: str, tmp_path: Path) -> None:
    parts = {"secret_id": "a", "secret_key": "b", part: value}
    lines = "".join(f"{name} = {text}\n" for name, text in parts.items())
    path = profile(tmp_path / "credentials", f"[default]\n{lines}")
    with pytest.raises(NoCredentialsError, match=f"credentials: {part}: found text") as caught:
        find({}, [path])
    assert "hush" not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
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
    assert find({**ENVIRONMENT, "TENCENTCLOUD_SECRET_ID": " AKID\n"}, []).secret_id == "AKID"
    with pytest.raises(NoCredentialsError, match="no key found"):
        find({**ENVIRONMENT, "TENCENTCLOUD_SECRET_ID": " "}, [])


def test_a_home_that_is_closed_or_unknown_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").write_text("a file where a directory should be")
    found = find({}, [tmp_path / "home" / "credentials", profile(tmp_path / "second")])
    assert found.secret_id == "AKIDprofile"

    def no_home(_path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    with pytest.raises(NoCredentialsError, match="no key found"):
        find({}, [Path("~/.tencentcloud/credentials")])


def test_a_profile_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = profile(tmp_path / "credentials", "\ufeff[default]\nsecret_id=a\nsecret_key=b\n")
    assert find({}, [path]).secret_id == "a"


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
            (local_chain({}, [profile_path]), str(profile_path)),
            (local_chain(ENVIRONMENT, [profile_path]), "AKIDenv"),
        ):
            credentials = source.current()
            assert credentials is not None
            assert credentials.identity == identity
    assert Credentials("AKID", Secret("k")).identity == "AKID"
    assert "identity" not in repr(Credentials("AKID", Secret("k")))


def test_no_repr_shows_a_secret() -> None:
    credentials = Credentials("AKIDvisible", Secret("hush"), Secret("tok"))
    for text in (repr(credentials), str(credentials), f"{credentials.secret_key}", "%s" % credentials.token):  # noqa: UP031
        assert not {"AKIDvisible", "hush", "tok"} & set(text.replace("'", " ").split())
        assert "hush" not in text
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))


UNSET = "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set"


@pytest.mark.parametrize(
    ("environment", "profile_text", "words"),
    [
        ({}, "[default]\nsecret_key = hush\n", UNSET + "; {path}: secret_key is set, secret_id is not"),
        (
            {},
            "[default]\nsecret_id = AKID\ntoken = hush\n",
            UNSET + "; {path}: secret_id and token are set, secret_key is not",
        ),
        (
            {"TENCENTCLOUD_TOKEN": "hush"},
            "",
            (
                "TENCENTCLOUD_TOKEN is set, TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not; "
                "{path}: no secret_id and secret_key in a section [default]"
            ),
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
        find(environment, [path])
    assert caught.value.message == f"no key found: {words.format(path=path)}"
    assert "hush" not in str(caught.value)


def test_where_a_key_comes_from_is_known_in_words(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("hush")
    assert FixedCredentials("AKID", Secret("k")).find().source == "secret_id and secret_key of the configuration"
    assert FixedCredentials("AKID", key).find().source == f"secret_id of the configuration, secret_key_file {key}"
    assert FixedCredentials(key, key, key).find().source == (
        f"secret_id_file {key}, secret_key_file {key}, token_file {key}"
    )
    assert find(ENVIRONMENT, []).source == "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"
    path = profile(tmp_path / "credentials")
    assert find({}, [path]).source == str(path)


class Clouds:
    """The default chain, with stand-ins for the clouds that are asked last."""

    def __init__(self, tmp_path: Path, **variables: str) -> None:
        self.metadata, self.sts = Metadata(), Sts()
        self.token_file = tmp_path / "pod-token"
        self.token_file.write_text("token-of-the-pod")
        self.profile = tmp_path / "profile"
        self.variables = variables

    @asynccontextmanager
    async def chain(self) -> AsyncIterator[CredentialChain]:
        async with self.metadata.running() as metadata, self.sts.running() as sts:
            environment = {METADATA_VARIABLE: metadata, STS_VARIABLE: f"{sts}/", **self.variables}
            chain = default_chain(environment, endpoint="https://ccc.tencentcloudapi.com", profiles=[self.profile])
            yield chain
            await chain.aclose()


def pod_variables(tmp_path: Path) -> dict[str, str]:
    return {**VARIABLES, "TKE_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "pod-token")}


async def test_the_pod_comes_before_the_machine_and_files_before_both(tmp_path: Path) -> None:
    clouds = Clouds(tmp_path, **pod_variables(tmp_path))
    async with clouds.chain() as chain:
        assert chain.expiry is None
        credentials = await chain.get()
        assert credentials.source.startswith("TKE pod identity")
        assert chain.current() == credentials
        assert chain.expiry == pytest.approx(time.time() + 7200, abs=60)
        profile(clouds.profile)
        assert (await chain.get()).secret_id == "AKIDprofile"
        assert chain.expiry is None
    assert clouds.metadata.asked == []
    assert len(clouds.sts.asked) == 1


async def test_a_pod_without_its_role_does_not_take_that_of_its_node(tmp_path: Path) -> None:
    clouds = Clouds(tmp_path, **pod_variables(tmp_path))
    clouds.token_file.unlink()
    async with clouds.chain() as chain:
        with pytest.raises(NoCredentialsError, match="TKE pod identity: cannot read") as caught:
            await chain.get()
        assert "CVM" not in caught.value.message
        assert chain.current() is None
    assert clouds.metadata.asked == []


async def test_the_machine_comes_last(tmp_path: Path) -> None:
    clouds = Clouds(tmp_path)
    async with clouds.chain() as chain:
        assert chain.current() is None
        credentials = await chain.get()
        assert credentials == chain.current()
        assert credentials.source == "CVM role tccc-reader"
        for _ in range(10):
            assert await chain.get() == credentials
    assert len(clouds.metadata.asked) == 2
    assert clouds.sts.asked == []


async def test_outside_a_cloud_the_chain_tells_all_that_it_tried_and_asks_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cvm_role, "TIMEOUT", 0.1)
    clouds = Clouds(tmp_path)
    clouds.metadata.misbehavior = hanging
    async with clouds.chain() as chain:
        for reload in range(2):
            for _ in range(10):
                with pytest.raises(NoCredentialsError) as caught:
                    await chain.get()
                where = clouds.metadata.url.removeprefix("http://")
                assert caught.value.message == (
                    f"no key found: {UNSET}; {clouds.profile}: no such file or directory; TKE pod identity: "
                    "TKE_REGION, TKE_PROVIDER_ID, TKE_WEB_IDENTITY_TOKEN_FILE and TKE_ROLE_ARN are not set; "
                    f"CVM role: {where}: no answer within 0.1 s"
                )
            assert len(clouds.metadata.asked) == reload + 1
            chain.look_again()


async def test_a_role_that_is_bound_later_is_found_after_a_reload(tmp_path: Path) -> None:
    clouds = Clouds(tmp_path)
    clouds.metadata.misbehavior = saying("", 404)
    async with clouds.chain() as chain:
        with pytest.raises(NoCredentialsError, match="no role is bound"):
            await chain.get()
        clouds.metadata.misbehavior = None
        chain.look_again()
        assert (await chain.get()).source == "CVM role tccc-reader"


async def test_the_one_whose_key_is_refused_renews_it(tmp_path: Path) -> None:
    clouds = Clouds(tmp_path)
    async with clouds.chain() as chain:
        first = await chain.get()
        assert await chain.renew(first)
        second = await chain.get()
        assert first != second
        assert first.identity == second.identity
        profile(clouds.profile)
        assert await chain.renew(second)
        assert not await chain.renew(await chain.get())
    assert len(clouds.metadata.asked) == 4


async def test_no_cloud_stands_for_a_key_of_the_environment_that_is_none(tmp_path: Path) -> None:
    clouds = Clouds(tmp_path, TENCENTCLOUD_SECRET_ID="${ID}", TENCENTCLOUD_SECRET_KEY="k")
    async with clouds.chain() as chain:
        with pytest.raises(
            NoCredentialsError, match="TENCENTCLOUD_SECRET_ID: found text that looks like a placeholder"
        ):
            await chain.get()
        assert chain.current() is None
    assert clouds.metadata.asked == []


@pytest.mark.parametrize("kind", ["", "intl."])
async def test_sts_is_that_of_the_accounts_site_and_asked_by_the_proxy(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pod-token").write_text("token-of-the-pod")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    chain = default_chain(pod_variables(tmp_path), endpoint=f"https://ccc.{kind}tencentcloudapi.com", profiles=[])
    with pytest.raises(NoCredentialsError) as caught:
        await chain.get()
    where = f"sts.{kind}tencentcloudapi.com"
    assert caught.value.message == f"TKE pod identity: {where}: connection refused by the proxy 127.0.0.1:1"
