"""Credentials in a profile, a file as Tencent Cloud's own tools write it."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import NamedTuple

from exporter.tencent.credential_sources.key_pair import half_set, key_pair
from exporter.tencent.credentials import Credentials
from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.watched_file import WatchedFile

PROFILE_PATHS = (Path("~/.tencentcloud/credentials"), Path("/etc/tencentcloud/credentials"))


class ProfileCredentials:
    """The section `[default]` of a profile file."""

    def __init__(self, path: Path) -> None:
        self._shown_path = path
        try:
            self._path = path.expanduser()
        except RuntimeError:
            # A user without a home, as in many containers: the path stays as it is, and no file is there.
            self._path = path
        self._file = WatchedFile(self._path, _parse)

    def find(self) -> Credentials | None:
        """Return the credentials, None where the pair or the file is missing, or its directory is closed to us.

        Raises NoCredentialsError where the file cannot be read, or holds what is no key.
        """
        return None if self._why_unreachable() else self._file.read().credentials

    def absence(self) -> str:
        """Return in words why there are no credentials."""
        return f"{self._shown_path}: {self._why_unreachable() or self._file.read().absence}"

    def _why_unreachable(self) -> str:
        try:
            self._path.stat()
        except OSError as error:
            return (error.strerror or type(error).__name__).lower()
        return ""


class _Profile(NamedTuple):
    credentials: Credentials | None
    absence: str


def _parse(text: str, path: Path) -> _Profile:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise NoCredentialsError(f"{path} is not an INI file with a section [default]") from None
    section = parser["default"] if parser.has_section("default") else {}
    parts = [(name, section.get(name)) for name in ("secret_id", "secret_key", "token")]
    return _Profile(
        key_pair([(f"{path}: {name}", text) for name, text in parts], identity=str(path), source=str(path)),
        half_set(parts) or "no secret_id and secret_key in a section [default]",
    )
