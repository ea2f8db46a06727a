"""The identity of a pod in TKE: its service account's token is exchanged for the keys of a role, at STS."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from yarl import URL

from exporter import __version__
from exporter.files import read_regular_file
from exporter.tencent.answer import read_header
from exporter.tencent.codes import SIGNATURE_EXPIRED
from exporter.tencent.credential_sources.cloud_answer import LARGEST_ANSWER, KeyParts, decode, temporary_key
from exporter.tencent.credential_sources.key_pair import are, listed
from exporter.tencent.credential_sources.renewal import SourceAbsentError, TemporaryKey
from exporter.tencent.errors import ApiError, NoCredentialsError, TencentError
from exporter.tencent.http import HttpClient, Response
from exporter.tencent.proxy import ProxyError, proxy_for
from exporter.tencent.redaction import redact
from exporter.tencent.server_clock import parse_date

STS_ENDPOINT = "https://sts.tencentcloudapi.com"
INTERNATIONAL_STS_ENDPOINT = "https://sts.intl.tencentcloudapi.com"
TIMEOUT = 5.0
"""Seconds that STS is given to answer."""
LARGEST_TOKEN = 64 * 1024

_REGION, _PROVIDER, _TOKEN_FILE, _ROLE = VARIABLES = (
    "TKE_REGION",
    "TKE_PROVIDER_ID",
    "TKE_WEB_IDENTITY_TOKEN_FILE",
    "TKE_ROLE_ARN",
)
_NAME_OF_REGION = re.compile(r"[A-Za-z0-9-]{1,64}")
_ACTION, _VERSION = "AssumeRoleWithWebIdentity", "2018-08-13"
_SESSION_NAME = "tccc-exporter"
_DURATION = 7200


class PodIdentity:
    """The role that TKE's environment variables name. STS is reached through the proxies that the environment names.

    `tls` gives the settings by which STS is checked, None for the usual ones; `now` gives this machine's time in Unix
    seconds.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        endpoint: str = STS_ENDPOINT,
        tls: Callable[[], ssl.SSLContext | None] = lambda: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._variables = {name: environment.get(name, "").strip() for name in VARIABLES}
        self._url = URL(endpoint).with_path("/")
        self._tls = tls
        self._now = now
        self._clock_offset = 0.0

    async def fetch(self) -> TemporaryKey:
        """Ask STS for a key.

        Raises SourceAbsentError unless all variables are set; where they are and there is no key, NoCredentialsError.
        """
        missing = [name for name, value in self._variables.items() if not value]
        if missing:
            there = [name for name in VARIABLES if name not in missing]
            rest = f"{are(there)} set, {are(missing)} not" if there else f"{listed(missing)} are not set"
            raise SourceAbsentError(f"TKE pod identity: {rest}", is_likely_to_last=True)
        try:
            return await self._fetch()
        except NoCredentialsError as error:
            raise NoCredentialsError(f"TKE pod identity: {error.message}") from None

    async def _fetch(self) -> TemporaryKey:
        if not _NAME_OF_REGION.fullmatch(self._variables[_REGION]):
            raise NoCredentialsError(f"{_REGION} is no name of a region, allowed: one such as ap-guangzhou")
        token = _read_token(Path(self._variables[_TOKEN_FILE]))
        body = msgspec.json.encode(
            {
                "ProviderId": self._variables[_PROVIDER],
                "WebIdentityToken": token,
                "RoleArn": self._variables[_ROLE],
                "RoleSessionName": _SESSION_NAME,
                "DurationSeconds": _DURATION,
            }
        )
        response = await self._post(body)
        header = read_header(response.body)
        date = parse_date(response.date)
        if header.error_code == SIGNATURE_EXPIRED and date is not None:
            # This machine's clock is off, so that of the server counts from now on.
            self._clock_offset = self._now() - date
            response = await self._post(body)
            header = read_header(response.body)
        if header.error_code:
            message = redact(header.error_message, [token])
            refusal = ApiError(header.error_code, message, request_id=header.request_id)
            raise NoCredentialsError(f"{self._url.raw_authority}: {refusal}")
        answer = decode(_ENVELOPE, response.body).Response
        return temporary_key(
            answer.Credentials,
            answer.ExpiredTime,
            identity=self._variables[_ROLE],
            source=f"TKE pod identity, role {self._variables[_ROLE]}",
            date=response.date,
            now=self._now(),
        )

    async def _post(self, body: bytes) -> Response:
        try:
            response = await self._try_to_post(body)
        except (TencentError, ProxyError) as error:
            reason = error.message if isinstance(error, TencentError) else str(error)
            raise NoCredentialsError(f"{self._url.raw_authority}: {reason}") from None
        if response.status != 200:
            raise NoCredentialsError(f"{self._url.raw_authority}: HTTP status {response.status} instead of 200")
        return response

    async def _try_to_post(self, body: bytes) -> Response:
        http = HttpClient(self._url, tls=self._tls(), proxy=proxy_for(self._url))
        headers = {
            "Host": self._url.raw_authority,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": f"tccc-exporter/{__version__}",
            "Content-Type": "application/json",
            # STS knows the caller by the token in the body.
            "Authorization": "SKIP",
            "X-TC-Action": _ACTION,
            "X-TC-Version": _VERSION,
            "X-TC-Region": self._variables[_REGION],
            "X-TC-Timestamp": str(int(self._now() - self._clock_offset)),
        }
        try:
            deadline = asyncio.get_running_loop().time() + TIMEOUT
            return await http.post(headers, body, deadline=deadline, largest_body=LARGEST_ANSWER)
        finally:
            await http.close()


class _Content(msgspec.Struct, frozen=True):
    Credentials: KeyParts
    ExpiredTime: float


class _Envelope(msgspec.Struct, frozen=True):
    Response: _Content


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def _read_token(path: Path) -> str:
    """Return the token of a service account, which Kubernetes exchanges now and then."""
    try:
        content, _ = read_regular_file(path, LARGEST_TOKEN)
        token = content.decode("ascii").strip()
    except OSError as error:
        raise NoCredentialsError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NoCredentialsError(f"{path} holds no token: it is not ASCII text") from None
    if not token:
        raise NoCredentialsError(f"{path} is empty, allowed: a token")
    return token


def sts_endpoint(endpoint: str) -> str:
    """Return where STS is for an account at an endpoint: international accounts have one of their own."""
    host = URL(endpoint).host or ""
    return INTERNATIONAL_STS_ENDPOINT if host.endswith(".intl.tencentcloudapi.com") else STS_ENDPOINT
