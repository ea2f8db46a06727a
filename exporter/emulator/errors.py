"""The API's errors: what a request that cannot be answered raises."""

from __future__ import annotations


class RequestRefusedError(Exception):
    """An error that is told the client in the API's envelope.

    `server_time` (Unix seconds) is what the `Date` of the answer says, where the error is about that clock.
    """

    def __init__(self, code: str, message: str, server_time: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.server_time = server_time
