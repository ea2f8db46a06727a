"""The role of a CVM: the instance metadata service hands out its keys to whoever asks on the machine."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from exporter import __version__
from exporter.tencent.credential_sources.cloud_answer import LARGEST_ANSWER, KeyParts, decode, temporary_key
from exporter.tencent.credential_sources.renewal import SourceAbsentError, TemporaryKey
from exporter.tencent.errors import HttpStatusError, NoCredentialsError
from exporter.tencent.failures import translated

METADATA_ENDPOINT = "http://metadata.tencentyun.com"
TIMEOUT = 2.0
"""Seconds for everything that is asked for a key: the service is on the machine, or nothing answers."""

_PATH = "/latest/meta-data/cam/security-credentials/"
_ROLE = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


class CvmRole:
    """The role that is bound to the machine the exporter runs on.

    The service is never asked through a proxy, which would give out a key of its own machine. `now` gives this
    machine's time in Unix seconds.
    """

    def __init__(self, endpoint: str = METADATA_ENDPOINT, now: Callable[[], float] = time.time) -> None:
        self._url = URL(endpoint)
        self._now = now

    async def fetch(self) -> TemporaryKey:
        """Ask for a key. Raises SourceAbsentError where no service or no role is there, or it gives no key."""
        try:
            return await self._fetch()
        except SourceAbsentError:
            raise
        except NoCredentialsError as error:
            raise SourceAbsentError(f"CVM role: {self._url.raw_authority}: {error.message}") from None

    async def _fetch(self) -> TemporaryKey:
        name = ""
        try:
            async with asyncio.timeout(TIMEOUT), _session() as session:
                role, _ = await self._get(session, "")
                name = role.decode(errors="replace").strip()
                if not _ROLE.fullmatch(name):
                    raise NoCredentialsError("the answer is not the name of a role")
                content, date = await self._get(session, quote(name, safe=""))
        except TimeoutError:
            raise self._unreachable(f"no answer within {TIMEOUT:g} s", is_there=bool(name)) from None
        except HttpStatusError as error:
            raise NoCredentialsError("no role is bound" if error.status == 404 else error.message) from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(translated(error).message, is_there=bool(name)) from None
        answer = decode(_ANSWER, content)
        if answer.Code != "Success":
            raise NoCredentialsError("the service has no key for the role")
        return temporary_key(
            answer,
            answer.ExpiredTime,
            identity=f"{self._url.origin()}{_PATH}",
            source=f"CVM role {name}",
            date=date,
            now=self._now(),
        )

    async def _get(self, session: aiohttp.ClientSession, name: str) -> tuple[bytes, str | None]:
        url = self._url.with_path(f"{_PATH}{name}", encoded=True)
        async with session.get(url, allow_redirects=False) as response:
            if response.status != 200:
                raise HttpStatusError(response.status)
            return await _content(response), response.headers.get("Date")

    def _unreachable(self, why: str, *, is_there: bool) -> SourceAbsentError:
        return SourceAbsentError(f"CVM role: {self._url.raw_authority}: {why}", is_likely_to_last=not is_there)


class _Answer(KeyParts, frozen=True):
    ExpiredTime: float = 0.0
    Code: str = "Success"


_ANSWER = msgspec.json.Decoder(_Answer)


def _session() -> aiohttp.ClientSession:
    # Without trust_env, no variable has a proxy asked.
    return aiohttp.ClientSession(
        headers={"User-Agent": f"tccc-exporter/{__version__}", "Accept-Encoding": "identity"},
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        auto_decompress=False,
    )


async def _content(response: aiohttp.ClientResponse) -> bytes:
    content = await response.content.read(LARGEST_ANSWER + 1)
    while len(content) <= LARGEST_ANSWER and (piece := await response.content.read(LARGEST_ANSWER)):
        content += piece
    if len(content) > LARGEST_ANSWER:
        raise NoCredentialsError(f"the answer is larger than {LARGEST_ANSWER // 1024} KiB")
    return content
