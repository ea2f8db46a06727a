"""A server with a web configuration, and the clients that people have: curl and OpenSSL's s_client."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import bcrypt

from exporter.web.access import access_control
from exporter.web.connections import Limits
from tests.web.raw import PATIENCE, Served, serving

FILE = "web.yml"


@asynccontextmanager
async def secured(
    directory: Path, content: str, *, exempt_health: bool = False, limits: Limits | None = None, max_requests: int = 0
) -> AsyncIterator[Served]:
    """Serve with the web configuration in `directory`, which can be changed meanwhile."""
    (directory / FILE).write_text(content)
    access = access_control(str(directory / FILE), exempt_health=exempt_health)
    async with serving(limits, max_requests=max_requests, access=access) as served:
        yield served


@cache
def hashed(password: str, cost: int = 4, version: str = "2b") -> str:
    found = bcrypt.hashpw(password.encode(), bcrypt.gensalt(cost)).decode()
    return found.replace("$2b$", f"${version}$")


def users(**passwords: str) -> str:
    """The block of users, by their passwords."""
    return "basic_auth_users:\n" + "".join(f"  {name}: {hashed(password)}\n" for name, password in passwords.items())


def request(path: str = "/-/healthy", login: str | None = None, **headers: str) -> bytes:
    if login is not None:
        headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: exporter\r\n{lines}\r\n".encode()


async def status(served: Served, sent: bytes) -> int | None:
    """Return the status of an answer on a connection of its own, None where there is none."""
    answer = await served.ask(sent)
    return None if answer is None else int(answer.split()[1])


async def output(*command: str, given: bytes = b"") -> tuple[int, str]:
    """Run a command; return its exit code, and what it writes."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    written, _ = await asyncio.wait_for(process.communicate(given), PATIENCE)
    assert process.returncode is not None
    return process.returncode, written.decode(errors="replace")


async def curl(served: Served, *options: str, path: str = "/-/healthy") -> int:
    """Return the status that curl gets, 0 where it gets none."""
    url = f"https://localhost:{served.port}{path}"
    code, written = await output("curl", "-sS", "-o", "/dev/null", "-w", "%{stderr}%{http_code}", *options, url)
    return int(written[-3:]) if code == 0 else 0


async def s_client(served: Served, *options: str) -> str:
    """Return what OpenSSL's client tells of its handshake, and the answer to a request if there is one."""
    _, written = await output(
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{served.port}",
        "-ign_eof",
        *options,
        given=b"GET /-/healthy HTTP/1.0\r\n\r\n",
    )
    return written
