"""Credentials that the configuration gives, each part itself or in a file.

Files are read again only when they have changed, so that a key exchanged in them is used from the next request on.
"""

from __future__ import annotations

import os
from pathlib import Path

from exporter.tencent.credential_sources.key_pair import checked, listed
from exporter.tencent.credentials import CredentialProvider, Credentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.secret import Secret
from exporter.tencent.watched_file import WatchedFile

READINGS = 3
"""How often files are read at most until two readings agree."""


class FixedCredentials(CredentialProvider):
    """Credentials known from the start, or in files: a `Path` stands for the file that holds the text."""

    def __init__(self, secret_id: str | Path, secret_key: Secret | Path, token: Secret | Path | None = None) -> None:
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._token = token
        # Links are not followed: a secret that is mounted anew stays the same source.
        self._identity = secret_id if isinstance(secret_id, str) else os.path.abspath(secret_id)  # noqa: PTH100
        parts = {"secret_id": secret_id, "secret_key": secret_key, "token": token}
        files = [f"{name}_file {part}" for name, part in parts.items() if isinstance(part, Path)]
        texts = [name for name, part in parts.items() if isinstance(part, str | Secret)]
        inline = [f"{listed(texts)} of the configuration"] if texts else []
        self._source = ", ".join([*inline, *files])
        self._files: dict[Path, WatchedFile[str]] = {}
        self._last: Credentials | None = None

    async def get(self) -> Credentials:
        """Return the credentials. Raises NoCredentialsError where a file cannot be read."""
        return self.find()

    def current(self) -> Credentials | None:
        """Return the credentials, None where a file cannot be read."""
        try:
            return self.find()
        except NoCredentialsError:
            return None

    def find(self) -> Credentials:
        """Return the credentials, without waiting. Raises NoCredentialsError where a file cannot be read."""
        # Files that are exchanged together may be so between the reading of one and the next.
        for _ in range(READINGS):
            before, self._last = self._last, self._read()
            if self._last == before:
                break
        assert self._last is not None
        return self._last

    def _read(self) -> Credentials:
        secret_id = self._secret_id if isinstance(self._secret_id, str) else self._content(self._secret_id)
        token = None if self._token is None else self._secret(self._token)
        return Credentials(secret_id, self._secret(self._secret_key), token, self._identity, self._source)

    def _secret(self, secret: Secret | Path) -> Secret:
        return secret if isinstance(secret, Secret) else Secret(self._content(secret))

    def _content(self, path: Path) -> str:
        return self._files.setdefault(path, WatchedFile(path, _single_value)).read()


def read_key_file(path: Path) -> str:
    """Return the part of a key that a file holds. Raises NoCredentialsError where it holds none."""
    return WatchedFile(path, _single_value).read()


def _single_value(text: str, path: Path) -> str:
    return checked(text, str(path))
