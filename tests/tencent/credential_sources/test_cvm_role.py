from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable

import pytest
from aiohttp import web
from tencentcloud.common import credential as sdk

from exporter.tencent.credential_sources import cvm_role
from exporter.tencent.credential_sources.cvm_role import CvmRole
from exporter.tencent.credential_sources.renewal import SourceAbsentError
from exporter.tencent.secret import Secret
from tests.tencent.credential_sources.stand_ins import (
    ROLE,
    ROLES,
    Metadata,
    Misbehavior,
    breaking_off,
    hanging,
    saying,
)


def key_answer(**changes: object) -> str:
    parts = {"TmpSecretId": "AKIDtmp", "TmpSecretKey": "hush", "Token": "hush", "ExpiredTime": time.time() + 7200}
    return json.dumps({**parts, "Code": "Success", **changes})


async def refusal(metadata: Metadata) -> SourceAbsentError:
    async with metadata.running() as url:
        with pytest.raises(SourceAbsentError) as caught:
            await CvmRole(url).fetch()
    assert caught.value.message.startswith(f"CVM role: {url.removeprefix('http://')}: ")
    assert "hush" not in str(caught.value)
    return caught.value


async def test_the_role_is_asked_for_and_then_its_key() -> None:
    metadata = Metadata(life=3600.0)
    async with metadata.running() as url:
        key = await CvmRole(url).fetch()
    assert metadata.asked == [f"GET {ROLES}", f"GET {ROLES}{ROLE}"]
    assert all("Authorization" not in headers for headers in metadata.headers)
    assert (key.credentials.secret_id, key.credentials.secret_key) == ("AKIDtmp1", Secret("hush1"))
    assert key.credentials.token == Secret("tok1")
    assert key.credentials.source == "CVM role tccc-reader"
    assert key.expires == pytest.approx(time.time() + 3600, abs=60)
    assert key.remaining == pytest.approx(3600, abs=3)
    assert not {"hush1", "tok1", "AKIDtmp1"} & set(repr(key).replace("'", " ").split())


async def test_the_identity_is_that_of_the_machine_whatever_the_key() -> None:
    async with Metadata().running() as url:
        role = CvmRole(url)
        first, second = await role.fetch(), await role.fetch()
    assert first.credentials != second.credentials
    assert first.credentials.identity == second.credentials.identity == f"{url}{ROLES}"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_no_proxy_is_asked(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    metadata, proxy = Metadata(), Metadata()
    async with metadata.running() as url, proxy.running() as proxy_url:
        monkeypatch.setenv(variable, proxy_url)
        await CvmRole(url).fetch()
    assert len(metadata.asked) == 2
    assert proxy.asked == []


async def test_life_is_measured_by_the_clock_of_the_service() -> None:
    """A machine whose clock is a day ahead takes no key to have expired, and one that is behind is not late."""
    for offset in (86_400.0, -86_400.0):
        async with Metadata(life=3600.0).running() as url:
            key = await CvmRole(url, now=lambda offset=offset: time.time() + offset).fetch()  # type: ignore[misc]
        assert key.remaining == pytest.approx(3600, abs=3)


async def test_an_absurd_date_leaves_this_machines_clock() -> None:
    metadata = Metadata()
    metadata.misbehavior = saying(key_answer(), Date="Thu, 01 Jan 1970 00:00:00 GMT")
    metadata.misbehaves_from = 1
    async with metadata.running() as url:
        assert (await CvmRole(url).fetch()).remaining == pytest.approx(7200, abs=3)


@pytest.mark.parametrize(
    ("misbehavior", "words", "is_likely_to_last"),
    [
        (saying("", 404), "no role is bound", False),
        (saying("", 500), "HTTP status 500 instead of 200", False),
        (saying("", 302, Location="/elsewhere"), "HTTP status 302 instead of 200", False),
        (saying("<html>Welcome to our WiFi</html>"), "the answer is not the name of a role", False),
        (saying("one\ntwo"), "the answer is not the name of a role", False),
        (saying("../../secret"), "the answer is not the name of a role", False),
        (saying(""), "the answer is not the name of a role", False),
        (saying("x" * 65_537), "the answer is larger than 64 KiB", False),
        (breaking_off, "the server closed the connection without an answer", True),
        (hanging, "no answer within 1 s", True),
    ],
)
async def test_no_role_to_be_had(
    misbehavior: Misbehavior, words: str, is_likely_to_last: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if misbehavior is hanging:
        monkeypatch.setattr(cvm_role, "TIMEOUT", 1.0)
    metadata = Metadata()
    metadata.misbehavior = misbehavior
    error = await refusal(metadata)
    assert error.message.endswith(words)
    assert error.is_likely_to_last is is_likely_to_last
    assert set(metadata.asked) == {f"GET {ROLES}"}


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b"x" * 10_000)


@pytest.mark.parametrize(
    ("misbehavior", "words"),
    [
        (lambda: saying("", 404), "no role is bound"),
        (lambda: saying("hush"), "the answer makes no sense"),
        (lambda: saying("[]"), "the answer makes no sense"),
        (lambda: saying("[" * 20_000), "the answer makes no sense"),
        (lambda: saying("{}"), "the answer has a TmpSecretId that is empty"),
        (lambda: saying(key_answer(Code="Failed", Message="hush")), "the service has no key for the role"),
        (lambda: saying(key_answer(TmpSecretKey="hush\nhush")), "a TmpSecretKey that looks like several lines"),
        (lambda: saying(key_answer(Token="")), "the answer has a Token that is empty"),
        (lambda: saying(key_answer(Token=None)), "the answer makes no sense"),
        (lambda: saying(key_answer(ExpiredTime="soon")), "the answer makes no sense"),
        (lambda: saying(key_answer(ExpiredTime=time.time() - 10)), "the key has expired already"),
        (lambda: saying(key_answer(ExpiredTime=time.time() * 1000)), "its ExpiredTime makes no sense"),
        (lambda: endless, "the answer is larger than 64 KiB"),
        (lambda: hanging, "no answer within 0.5 s"),
        (lambda: breaking_off, "the server closed the connection without an answer"),
    ],
)
async def test_no_key_to_be_had(
    misbehavior: Callable[[], Misbehavior], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service is there, so it is worth being asked again."""
    metadata = Metadata()
    metadata.misbehavior, metadata.misbehaves_from = misbehavior(), 1
    if metadata.misbehavior is hanging:
        # Enough for the name of the role.
        monkeypatch.setattr(cvm_role, "TIMEOUT", 0.5)
    error = await refusal(metadata)
    assert words in error.message
    assert not error.is_likely_to_last


async def test_nothing_there() -> None:
    with pytest.raises(SourceAbsentError) as caught:
        await CvmRole("http://127.0.0.1:1").fetch()
    assert caught.value.message == "CVM role: 127.0.0.1:1: connection refused by 127.0.0.1:1"
    assert caught.value.is_likely_to_last


async def test_a_name_server_that_is_silent_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        released.wait(60)
        return []

    monkeypatch.setattr(cvm_role, "TIMEOUT", 1.0)
    monkeypatch.setattr(socket, "getaddrinfo", never)
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        with pytest.raises(SourceAbsentError, match="no answer within 1 s"):
            await CvmRole().fetch()
        assert loop.time() - began < 30
    finally:
        released.set()


async def test_it_takes_two_seconds_at_most() -> None:
    assert cvm_role.TIMEOUT == 2.0


async def test_the_sdk_of_tencent_cloud_understands_the_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = Metadata()
    async with metadata.running() as url:
        monkeypatch.setattr(sdk.CVMRoleCredential, "_role_endpoint", f"{url}{ROLES}")
        found = await asyncio.to_thread(sdk.CVMRoleCredential().get_credential_info)
    assert found == ("AKIDtmp1", "hush1", "tok1")
    assert metadata.asked == [f"GET {ROLES}", f"GET {ROLES}{ROLE}"]
