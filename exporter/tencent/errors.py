"""What can go wrong between this machine and a usable answer, as a small set of exceptions.

Each has a `code` fit for a label of a metric, a `message` of one line, and the `request_id` by which Tencent Cloud
knows the request, where an answer came that far.
"""

from __future__ import annotations

import re

from exporter.tencent.codes import TRANSIENT_FAMILIES, label_of

PASSING = 4
"""How often a request is repeated that failed for something that is likely to pass."""
ONCE = 1
REQUEST_TIMEOUT = 408
TOO_MANY_REQUESTS = 429

_LONGEST_MESSAGE = 300
_LONGEST_LIST = 1000
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9._]{0,99}")


class TencentError(Exception):
    """Base of all failures of a request.

    `repetitions` is how often the same request is worth another try, 0 where none can succeed. `is_stale` is set where
    it failed on a connection used before, which the server or something in between may have given up meanwhile.
    `action` is the API's action that was called, empty where none was.
    """

    def __init__(self, code: str, message: str, *, request_id: str = "", repetitions: int = 0) -> None:
        self.code = code
        self.message = one_line(message)
        self.request_id = request_id if _REQUEST_ID.fullmatch(request_id) else ""
        self.repetitions = repetitions
        self.is_stale = False
        self.action = ""
        super().__init__(code, self.message)

    @property
    def label(self) -> str:
        """The code as the label of a metric: of those that come from outside only the known ones, else `other`."""
        return self.code

    def __str__(self) -> str:
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.code}: {self.message}{request}"


class ApiError(TencentError):
    """The API answered with an error of its own. `clock_offset`: seconds by which this machine's clock is ahead of the
    server's, set for `AuthFailure.SignatureExpire` where the answer told the server's time: then it is worth another
    try by that time. `key_source` tells a person where a key comes from that was refused; it is empty otherwise.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        request_id: str = "",
        clock_offset: float | None = None,
        key_source: str = "",
    ) -> None:
        # The code comes from outside and is shown: what does not look like one is not let in.
        if not _CODE.fullmatch(code):
            code = "unknown"
        repetitions = PASSING if code.split(".", 1)[0] in TRANSIENT_FAMILIES else 0
        super().__init__(
            code, message, request_id=request_id, repetitions=repetitions if clock_offset is None else ONCE
        )
        self.clock_offset = clock_offset
        self.key_source = key_source

    @property
    def label(self) -> str:
        """The code where it is a documented one, its family where that is, else `other`."""
        return label_of(self.code)


class HttpStatusError(TencentError):
    """A gateway in between answered with a status other than 200; its code is `http_502` and the like."""

    def __init__(self, status: int) -> None:
        is_passing = status >= 500 or status in {REQUEST_TIMEOUT, TOO_MANY_REQUESTS}
        super().__init__(
            f"http_{status}", f"HTTP status {status} instead of 200", repetitions=PASSING if is_passing else 0
        )
        self.status = status

    @property
    def label(self) -> str:
        """The code, where the status is one that HTTP has."""
        return self.code if 100 <= self.status < 600 else "other"


class ConnectionFailedError(TencentError):
    """The connection was refused, reset, or closed before the answer was complete."""

    def __init__(self, message: str) -> None:
        super().__init__("connection", message, repetitions=PASSING)


class DnsError(TencentError):
    """The endpoint's name could not be resolved."""

    def __init__(self, message: str) -> None:
        super().__init__("dns", message)


class TlsError(TencentError):
    """TLS could not be agreed on, or the server's certificate was not trusted."""

    def __init__(self, message: str) -> None:
        super().__init__("tls", message)


class RequestTimeoutError(TencentError):
    """No complete answer came in time. Reading is repeatable, so a retry is safe."""

    def __init__(self, message: str) -> None:
        super().__init__("timeout", message, repetitions=PASSING)


class RateLimitTimeoutError(RequestTimeoutError):
    """The rate limit left no permit for the request before its deadline, so it was never sent."""

    def __init__(self) -> None:
        super().__init__("the rate limit left no permit in time")


class BadBodyError(TencentError):
    """The answer was too large, no JSON, or not of the documented shape."""

    def __init__(self, message: str, *, request_id: str = "") -> None:
        super().__init__("bad_body", message, request_id=request_id, repetitions=ONCE)


class NoHttpError(BadBodyError):
    """What came cannot be read as HTTP."""


class StrayAnswerError(BadBodyError):
    """What came is the answer to another request."""


class NoCredentialsError(TencentError):
    """No key was found, or what should hold it could not be read. The message may be long: it tells of every place."""

    def __init__(self, message: str) -> None:
        super().__init__("no_credentials", message)
        self.message = one_line(message, _LONGEST_LIST)
        self.args = (self.code, self.message)


class UnreadableKeyFileError(NoCredentialsError):
    """A file that should hold a key could not be read. It is tried again before the next request."""


def one_line(text: str, longest: int = _LONGEST_MESSAGE) -> str:
    """Return a text from outside without control characters and no longer than so many characters."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    shortened = " ".join(printable.split())
    return shortened if len(shortened) <= longest else shortened[: longest - 3] + "..."
