"""One signed request to an endpoint, and what its response means."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from yarl import URL

from exporter import __version__
from exporter.tencent.answer import Answer, api_error, read_header, shown_text
from exporter.tencent.codes import SIGNATURE_EXPIRED
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import HttpStatusError, StrayAnswerError
from exporter.tencent.http import HttpClient
from exporter.tencent.proxy import proxy_for
from exporter.tencent.recent import RecentIds
from exporter.tencent.server_clock import ServerClock, parse_date
from exporter.tencent.signing import SignedRequest, authorization

CONTENT_TYPE = "application/json"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Service:
    """A service of Tencent Cloud in one version, such as `ccc` in `2020-02-10`."""

    name: str
    version: str


class Endpoint:
    """Where the requests of one account go. Make it inside a running event loop, close it when done.

    `account` is the name by which logs tell of it; `now` gives this machine's time in Unix seconds.
    """

    def __init__(
        self,
        url: str,
        service: Service,
        *,
        account: str = "",
        tls: ssl.SSLContext | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.url = URL(url).with_path("/")
        self.clock = ServerClock(now, account)
        """What the answers tell of the server's clock."""
        self._service = service
        self._account = account
        self._http = HttpClient(self.url, tls=tls, proxy=proxy_for(self.url))
        self._recent_ids = RecentIds()
        self._warned_of: set[str] = set()

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def change_tls(self, tls: ssl.SSLContext | None) -> None:
        """Make new connections by other settings from now on; requests under way end on those that they have."""
        await self._http.change_tls(tls)

    async def request(
        self, action: str, body: bytes, credentials: Credentials, *, deadline: float, largest_answer: int
    ) -> Answer:
        """Send a request and return its answer.

        `deadline` is a time of the running loop's clock; of an answer no more than `largest_answer` bytes are read.
        Raises TencentError.
        """
        loop = asyncio.get_running_loop()
        sent = loop.time()
        timestamp = int(self.clock.now())
        headers = self._headers(action, body, credentials, timestamp)
        response = await self._http.post(headers, body, deadline=deadline, largest_body=largest_answer)
        if response.status != 200:
            raise HttpStatusError(response.status)
        date = parse_date(response.date)
        header = read_header(response.body)
        if header.request_id and not self._recent_ids.add(header.request_id):
            # Whatever else is to come on these connections may be late by one as well.
            await self._http.retire_connections(response)
            stray = StrayAnswerError("the answer is one that has come before", request_id=header.request_id)
            stray.is_stale = True
            raise stray
        if header.error_code:
            offset = 0.0 if date is None else self.clock.offset_from(date)
            if date is not None and header.error_code == SIGNATURE_EXPIRED:
                self.clock.refused(date, timestamp)
            raise api_error(header, offset, credentials=credentials, sent=body)
        if header.warning:
            self._warn(action, header.warning, credentials, body)
        return Answer(response.body, self.clock.observe(date), sent, loop.time())

    def _warn(self, action: str, text: str, credentials: Credentials, sent: bytes) -> None:
        if action not in self._warned_of:
            self._warned_of.add(action)
            shown = shown_text(text, credentials, sent)
            _log.warning("the API announces a change", account=self._account, action=action, text=shown)

    def _headers(self, action: str, body: bytes, credentials: Credentials, timestamp: int) -> dict[str, str]:
        request = SignedRequest(
            method="POST",
            host=self.url.raw_authority,
            content_type=CONTENT_TYPE,
            body=body,
            service=self._service.name,
            timestamp=timestamp,
        )
        headers = {
            "Host": request.host,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": f"tccc-exporter/{__version__}",
            "Content-Type": CONTENT_TYPE,
            "X-TC-Action": action,
            "X-TC-Version": self._service.version,
            "X-TC-Timestamp": str(request.timestamp),
            "Authorization": authorization(request, credentials.secret_id, credentials.secret_key.reveal()),
        }
        if credentials.token is not None:
            headers["X-TC-Token"] = credentials.token.reveal()
        return headers
