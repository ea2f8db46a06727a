from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from tencentcloud.common import credential as sdk
from tencentcloud.common.profile.http_profile import HttpProfile

from exporter.tencent.credential_sources import pod_identity
from exporter.tencent.credential_sources.pod_identity import PodIdentity, sts_endpoint
from exporter.tencent.credential_sources.renewal import SourceAbsentError
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.secret import Secret
from tests.tencent.credential_sources.stand_ins import VARIABLES, Misbehavior, Sts, breaking_off, hanging, saying

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodXNoIn0.hush"


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    return path


@pytest.fixture
def variables(token_file: Path) -> dict[str, str]:
    return {**VARIABLES, "TKE_WEB_IDENTITY_TOKEN_FILE": str(token_file)}


async def refusal(source: PodIdentity) -> NoCredentialsError:
    with pytest.raises(NoCredentialsError) as caught:
        await source.fetch()
    # Whoever is to be a pod is not to take the role of its node for want of its own.
    assert not isinstance(caught.value, SourceAbsentError)
    assert caught.value.message.startswith("TKE pod identity: ")
    assert "hush" not in str(caught.value)
    return caught.value


def error_answer(code: str, message: str) -> str:
    return json.dumps({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "request-1"}})


def key_answer(**changes: object) -> str:
    credentials = {"TmpSecretId": "AKIDtmp", "TmpSecretKey": "hush", "Token": "hush"}
    answer = {"Credentials": credentials, "ExpiredTime": time.time() + 7200, "RequestId": "request-1"}
    return json.dumps({"Response": {**answer, **changes}})


async def test_the_token_is_exchanged_for_a_key(variables: dict[str, str]) -> None:
    sts = Sts(life=3600.0)
    async with sts.running() as url:
        key = await PodIdentity(variables, url, now=time.time).fetch()
    assert sts.asked == ["POST /"]
    headers = sts.headers[0]
    assert {name: headers[name] for name in headers if name.startswith("X-TC-") and name != "X-TC-Timestamp"} == {
        "X-TC-Action": "AssumeRoleWithWebIdentity",
        "X-TC-Version": "2018-08-13",
        "X-TC-Region": "ap-guangzhou",
    }
    assert headers["Authorization"] == "SKIP"
    assert headers["Content-Type"] == "application/json"
    assert abs(int(headers["X-TC-Timestamp"]) - time.time()) < 10
    assert sts.bodies == [
        {
            "ProviderId": "cls-provider",
            "WebIdentityToken": TOKEN,
            "RoleArn": VARIABLES["TKE_ROLE_ARN"],
            "RoleSessionName": "tccc-exporter",
            "DurationSeconds": 7200,
        }
    ]
    assert (key.credentials.secret_id, key.credentials.secret_key) == ("AKIDtmp1", Secret("hush1"))
    assert key.credentials.token == Secret("tok1")
    assert key.credentials.identity == VARIABLES["TKE_ROLE_ARN"]
    assert key.credentials.source == f"TKE pod identity, role {VARIABLES['TKE_ROLE_ARN']}"
    assert key.remaining == pytest.approx(3600, abs=3)


async def test_the_token_is_read_anew_each_time_also_where_kubernetes_swaps_it(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / f"..{name}").mkdir()
        (tmp_path / f"..{name}" / "mounted").write_text(name)
    (tmp_path / "..data").symlink_to("..one")
    (tmp_path / "mounted").symlink_to("..data/mounted")
    variables["TKE_WEB_IDENTITY_TOKEN_FILE"] = str(tmp_path / "mounted")
    sts = Sts()
    async with sts.running() as url:
        source = PodIdentity(variables, url)
        await source.fetch()
        (tmp_path / "..data_tmp").symlink_to("..two")
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")
        await source.fetch()
    assert [body["WebIdentityToken"] for body in sts.bodies if isinstance(body, dict)] == ["one", "two"]


@pytest.mark.parametrize("number", range(4))
async def test_without_all_variables_there_is_no_pod_identity(number: int, variables: dict[str, str]) -> None:
    for names in combinations(variables, number):
        source = PodIdentity({name: variables[name] for name in names}, "http://127.0.0.1:1")
        with pytest.raises(SourceAbsentError) as caught:
            await source.fetch()
        assert caught.value.is_likely_to_last
        there, _, missing = caught.value.message.removeprefix("TKE pod identity: ").rpartition(" set, ")
        assert all((name in there) == (name in names) for name in variables)
        assert all((name in missing) == (name not in names) for name in variables)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read {path}: No such file or directory"),
        (b"", "{path} is empty, allowed: a token"),
        (b" \n", "{path} is empty, allowed: a token"),
        ("hush\u00e9".encode(), "{path} holds no token: it is not ASCII text"),
        (b"x" * 65_537, "cannot read {path}: Larger than 64 KiB"),
    ],
)
async def test_files_that_hold_no_token(
    content: bytes | None, words: str, token_file: Path, variables: dict[str, str]
) -> None:
    token_file.unlink()
    if content is not None:
        token_file.write_bytes(content)
    error = await refusal(PodIdentity(variables, "http://127.0.0.1:1"))
    assert error.message == f"TKE pod identity: {words.format(path=token_file)}"


async def test_a_region_that_no_header_carries(variables: dict[str, str]) -> None:
    error = await refusal(PodIdentity({**variables, "TKE_REGION": "ap\r\nHush: x"}, "http://127.0.0.1:1"))
    assert "TKE_REGION is no name of a region" in error.message


@pytest.mark.parametrize(
    ("misbehavior", "words"),
    [
        (
            lambda: saying(error_answer("InvalidParameter.WebIdentityTokenError", f"{TOKEN} has expired")),
            "InvalidParameter.WebIdentityTokenError: <secret> has expired (request request-1)",
        ),
        (lambda: saying(error_answer("AuthFailure.SignatureExpire", "x")), "SignatureExpire: x (request request-1)"),
        (lambda: saying(error_answer("hush hush", "no")), "unknown: no (request request-1)"),
        (lambda: saying("", 502), "HTTP status 502 instead of 200"),
        (lambda: saying("", 302, Location="/elsewhere"), "HTTP status 302 instead of 200"),
        (lambda: saying("hush"), "the answer makes no sense"),
        (lambda: saying(key_answer(Credentials=None)), "the answer makes no sense"),
        (lambda: saying(key_answer(Credentials={})), "the answer has a TmpSecretId that is empty"),
        (lambda: saying(key_answer(ExpiredTime=time.time() - 10)), "the key has expired already"),
        (lambda: saying("x" * 65_537), "the answer is larger than 64 KiB"),
        (lambda: breaking_off, "the server closed the connection without an answer"),
        (lambda: hanging, "no answer in time"),
    ],
)
async def test_no_key_to_be_had(
    misbehavior: Callable[[], Misbehavior], words: str, variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sts = Sts()
    sts.misbehavior = misbehavior()
    if sts.misbehavior is hanging:
        monkeypatch.setattr(pod_identity, "TIMEOUT", 0.1)
    async with sts.running() as url:
        error = await refusal(PodIdentity(variables, url))
    assert error.message.endswith(words)
    assert len(sts.asked) == (2 if "SignatureExpire" in words else 1)


async def test_nothing_there(variables: dict[str, str]) -> None:
    error = await refusal(PodIdentity(variables, "http://127.0.0.1:1"))
    assert error.message == "TKE pod identity: 127.0.0.1:1: connection refused by 127.0.0.1:1"


async def test_a_clock_that_is_off_keeps_nobody_from_a_key(variables: dict[str, str]) -> None:
    async def checking(request: web.Request) -> web.StreamResponse:
        if abs(int(request.headers["X-TC-Timestamp"]) - time.time()) > 300:
            return await saying(error_answer("AuthFailure.SignatureExpire", "expired"))(request)
        return sts.well_behaved(request)

    sts = Sts(life=3600.0)
    sts.misbehavior = checking
    async with sts.running() as url:
        source = PodIdentity(variables, url, now=lambda: time.time() + 86_400)
        for asked in (2, 3):
            assert (await source.fetch()).remaining == pytest.approx(3600, abs=3)
            assert len(sts.asked) == asked


async def test_sts_is_asked_through_the_proxy(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Sts()
    async with proxy.running() as url:
        monkeypatch.setenv("HTTP_PROXY", url.replace("://", "://user:hush@"))
        await PodIdentity(variables, "http://sts.invalid").fetch()
        assert proxy.headers[0]["Host"] == "sts.invalid"
        assert proxy.headers[0]["Proxy-Authorization"].startswith("Basic ")
        assert proxy.headers[0]["Authorization"] == "SKIP"
        monkeypatch.setenv("NO_PROXY", ".invalid")
        assert "cannot resolve sts.invalid" in (await refusal(PodIdentity(variables, "http://sts.invalid"))).message
        monkeypatch.delenv("NO_PROXY")
        monkeypatch.setenv("HTTP_PROXY", "socks5://hush")
        assert "HTTP_PROXY: found a proxy" in (await refusal(PodIdentity(variables, "http://sts.invalid"))).message
    assert len(proxy.asked) == 1


async def test_certificates_of_the_account_are_those_that_sts_is_checked_by(variables: dict[str, str]) -> None:
    authority = trustme.CA()
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_tls)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    settings: list[ssl.SSLContext | None] = [None]
    async with Sts().running(server_tls) as url:
        source = PodIdentity(variables, url, tls=lambda: settings[0])
        assert "is not trusted" in (await refusal(source)).message
        settings[0] = trusting
        assert (await source.fetch()).credentials.secret_id == "AKIDtmp1"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://ccc.tencentcloudapi.com", "https://sts.tencentcloudapi.com"),
        ("https://ccc.ap-guangzhou.tencentcloudapi.com", "https://sts.tencentcloudapi.com"),
        ("https://ccc.intl.tencentcloudapi.com", "https://sts.intl.tencentcloudapi.com"),
        ("http://127.0.0.1:8080", "https://sts.tencentcloudapi.com"),
    ],
)
def test_international_accounts_have_an_sts_of_their_own(endpoint: str, expected: str) -> None:
    assert sts_endpoint(endpoint) == expected


async def test_the_sdk_of_tencent_cloud_asks_as_the_exporter_does(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sdk, "HttpProfile", partial(HttpProfile, protocol="http"))
    monkeypatch.setattr(sdk.OIDCRoleArnCredential, "_default_session_name", "tccc-exporter-")
    sts = Sts()
    async with sts.running() as url:
        provider = sdk.DefaultTkeOIDCRoleArnProvider().get_credentials()
        provider.endpoint = url.removeprefix("http://")
        found = await asyncio.to_thread(provider.get_credential_info)
        await PodIdentity(variables, url).fetch()
    assert found == ("AKIDtmp1", "hush1", "tok1")
    theirs, ours = sts.headers
    for name in ("X-TC-Action", "X-TC-Version", "X-TC-Region", "Authorization", "Content-Type"):
        assert theirs[name] == ours[name], name
    assert "X-TC-Token" not in {*theirs, *ours}
    bodies = [body for body in sts.bodies if isinstance(body, dict)]
    for body in bodies:
        body.pop("RoleSessionName")
        body["WebIdentityToken"] = body["WebIdentityToken"].strip()
    assert bodies[0] == bodies[1]
