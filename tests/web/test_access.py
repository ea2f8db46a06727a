"""Who is let in by plain HTTP, and what they get."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from pathlib import Path

import bcrypt
import pytest
import structlog

from tests.web.config.certificates import server
from tests.web.raw import HEALTH, SCRAPE
from tests.web.secured import FILE, hashed, request, secured, status, users


async def test_users_have_to_say_who_they_are(tmp_path: Path) -> None:
    async with secured(tmp_path, users(alice="secret", bob="p:w")) as served:
        answer = await served.ask(HEALTH)
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
        assert b'\r\nWWW-Authenticate: Basic realm="tccc-exporter", charset="UTF-8"\r\n' in answer
        for login in ("alice:secret", "bob:p:w"):
            assert await status(served, request(login=login)) == 200
        for login in (
            "alice:wrong",
            "alice:",
            ":",
            "alice",
            "bob:secret",
            "carol:secret",
            "alice:secret\0",
            "\ud800"[:0],
        ):
            assert await status(served, request(login=login)) == 401


@pytest.mark.parametrize("path", ["/", "/metrics", "/nowhere", "/-/healthy", "/-/ready", "/%2D/healthy", "//"])
async def test_nothing_is_there_for_strangers(path: str, tmp_path: Path) -> None:
    async with secured(tmp_path, users(alice="secret")) as served:
        assert await status(served, request(path)) == 401
        assert await status(served, request(path).replace(b"GET", b"POST")) == 401


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("basic {}", 200),
        ("BASIC  {} ", 200),
        ("Basic {}=", 401),
        ("Basic !{}", 401),
        ("Basic", 401),
        ("Basic é", 401),
        ("Bearer {}", 401),
        ("{}", 401),
        ("Basic " + "A" * 7000, 401),
    ],
)
async def test_what_the_header_may_look_like(header: str, expected: int, tmp_path: Path) -> None:
    async with secured(tmp_path, users(alice="secret!")) as served:
        login = b64encode(b"alice:secret!").decode()
        sent = request(Authorization=header.format(login))
        assert await status(served, sent) == expected


@pytest.mark.parametrize("version", ["2a", "2b", "2y"])
@pytest.mark.parametrize("password", ["secret", "пароль", "long" * 30])
async def test_hashes_of_every_version(version: str, password: str, tmp_path: Path) -> None:
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode().replace("$2b$", f"${version}$")
    async with secured(tmp_path, f"basic_auth_users: {{alice: {made}}}\n") as served:
        assert await status(served, request(login=f"alice:{password}")) == 200
        assert await status(served, request(login=f"alice:{password[1:]}")) == 401


async def test_users_change_at_the_next_request_of_an_open_connection(tmp_path: Path) -> None:
    async with secured(tmp_path, "{}\n") as served, served.client() as client:

        async def answered(login: str) -> bytes:
            client.send(request(login=login))
            answer = await client.answer()
            assert answer is not None
            return answer.split()[1]

        assert await answered("alice:old") == b"200"
        for password, other in (("old", "new"), ("new", "old"), ("old", "new")):
            (tmp_path / FILE).write_text(users(alice=password))
            assert await answered(f"alice:{password}") == b"200"
            assert await answered(f"alice:{other}") == b"401"
        (tmp_path / FILE).write_text(users(bob="old"))
        assert await answered("alice:old") == b"401"
        # As Kubernetes and careful people do it.
        (tmp_path / "next").write_text(users(bob="new"))
        (tmp_path / "next").rename(tmp_path / FILE)
        assert await answered("bob:old") == b"401"


@pytest.mark.parametrize("bad", ["", "junk", "basic_auth_users:\n  alice: secret\n", None], ids=repr)
async def test_a_file_that_became_bad_lets_nobody_in(
    bad: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.web.config.live.PATIENCE", 0.0)
    async with secured(tmp_path, users(alice="secret")) as served, served.client() as client:
        client.send(request(login="alice:secret"))
        assert await client.answer() is not None
        with structlog.testing.capture_logs() as logs:
            if bad is None:
                (tmp_path / FILE).unlink()
            else:
                (tmp_path / FILE).write_text(bad)
            for _ in range(3):
                client.send(request(login="alice:secret"))
                answer = await client.answer()
                assert answer is not None
                assert answer.startswith(b"HTTP/1.1 500 ")
                assert b"secret" not in answer
                assert await status(served, request("/metrics", login="alice:secret")) == 500
        [log] = [log for log in logs if log["log_level"] != "debug"]
        assert log["event"] == "web configuration cannot be used, nobody is let in"
        assert log["error"].startswith(f"{tmp_path}/{FILE}")
        (tmp_path / FILE).write_text(users(alice="secret"))
        assert await status(served, request(login="alice:secret")) == 200


async def test_a_file_in_the_middle_of_being_written_costs_nobody_an_answer(tmp_path: Path) -> None:
    async with secured(tmp_path, users(alice="secret")) as served:
        (tmp_path / FILE).write_text("")
        async with asyncio.TaskGroup() as group:
            answer = group.create_task(status(served, request(login="alice:secret")))
            await asyncio.sleep(0.1)
            (tmp_path / FILE).write_text(users(alice="secret"))
        assert answer.result() == 200


async def test_headers_are_on_every_answer(tmp_path: Path) -> None:
    headers = "http_server_config: {headers: {X-Frame-Options: deny, Content-Security-Policy: default-src 'self'}}\n"
    async with secured(tmp_path, headers + users(alice="secret")) as served:
        for sent in (HEALTH, *(request(path, login="alice:secret") for path in ("/metrics", "/", "/nowhere"))):
            answer = await served.ask(sent)
            assert answer is not None
            assert answer.count(b"\r\nX-Frame-Options: deny\r\n") == 1
            assert answer.count(b"\r\nContent-Security-Policy: default-src 'self'\r\n") == 1
            assert answer.count(b"Content-Security-Policy") == 1
        (tmp_path / FILE).write_text(headers.replace("deny", "sameorigin"))
        answer = await served.ask(HEALTH)
        assert answer is not None
        assert b"\r\nX-Frame-Options: sameorigin\r\n" in answer


async def test_health_without_credentials(tmp_path: Path) -> None:
    async with secured(tmp_path, users(alice="secret"), exempt_health=True) as served:
        for path in ("/-/healthy", "/-/ready"):
            assert await status(served, request(path)) == 200
        for path in ("/", "/metrics", "/-/", "/-/healthy/", "/-/healthy/../../metrics"):
            assert await status(served, request(path)) == 401


async def test_the_rate_limit_is_that_of_the_start(tmp_path: Path) -> None:
    limit = "rate_limit: {interval: 1h, burst: 3}\n"
    async with secured(tmp_path, limit) as served:
        assert [await status(served, HEALTH) for _ in range(5)] == [200, 200, 200, 429, 429]
        (tmp_path / FILE).write_text("{}\n")
        assert await status(served, HEALTH) == 429


async def test_three_hundred_at_once_cost_one_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = 0
    check = bcrypt.checkpw

    def counted(password: bytes, hashed_password: bytes) -> bool:
        nonlocal checked
        checked += 1
        return check(password, hashed_password)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    content = f"basic_auth_users: {{alice: {hashed('secret', cost=10)}}}\n"
    async with secured(tmp_path, content) as served:
        sent = request("/metrics", login="alice:secret")
        answers = await asyncio.gather(*(status(served, sent) for _ in range(300)))
        assert answers == [200] * 300
    assert checked == 1


async def test_with_tls_nothing_more_is_read_from_plain_connections(tmp_path: Path) -> None:
    server().write(tmp_path, "server")
    async with secured(tmp_path, "{}\n") as served, served.client() as client:
        client.send(HEALTH)
        assert await client.answer() is not None
        (tmp_path / FILE).write_text("tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
        client.send(SCRAPE)
        answer = await client.answer()
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert await client.answer() is None
        assert await served.ask(HEALTH) is None
