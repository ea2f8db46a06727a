"""Where the key of an account comes from.

A source is asked before every request, so that a key exchanged in a file or the profile is used from the next request
on. Files are read again only when they have changed.
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.secret import Secret

Content = TypeVar("Content")

PROFILE_PATHS = (Path("~/.tencentcloud/credentials"), Path("/etc/tencentcloud/credentials"))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and the token that goes with it where the key is a temporary one."""

    secret_id: str = field(repr=False)
    secret_key: Secret
    token: Secret | None = None
    identity: str = field(default="", repr=False)


class CredentialSource(Protocol):
    """A place that may hold credentials."""

    description: str

    def find(self) -> Credentials | None:
        """Return the credentials, None where this place holds none.

        Raises NoCredentialsError where it should hold some and cannot be read.
        """


class FixedCredentials:
    """Credentials known from the start, or in files: a `Path` stands for the file that holds the text."""

    description = "the configuration"

    def __init__(self, secret_id: str | Path, secret_key: Secret | Path, token: Secret | Path | None = None) -> None:
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._token = token
        self._files: dict[Path, WatchedFile[str]] = {}

    def find(self) -> Credentials:
        """Return the credentials. Raises NoCredentialsError where a file cannot be read."""
        secret_id = self._secret_id if isinstance(self._secret_id, str) else self._content(self._secret_id)
        token = None if self._token is None else self._secret(self._token)
        return Credentials(secret_id, self._secret(self._secret_key), token)

    def _secret(self, secret: Secret | Path) -> Secret:
        return secret if isinstance(secret, Secret) else Secret(self._content(secret))

    def _content(self, path: Path) -> str:
        return self._files.setdefault(path, WatchedFile(path, _single_value)).read()


class EnvironmentCredentials:
    """The variables `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY` and `TENCENTCLOUD_TOKEN`."""

    description = "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def find(self) -> Credentials | None:
        """Return the credentials, None unless both variables of the pair are set."""
        return _pair(
            self.description,
            self._environment.get("TENCENTCLOUD_SECRET_ID"),
            self._environment.get("TENCENTCLOUD_SECRET_KEY"),
            self._environment.get("TENCENTCLOUD_TOKEN"),
        )


class ProfileCredentials:
    """The section `[default]` of a profile file as Tencent Cloud's own tools write it."""

    def __init__(self, path: Path) -> None:
        self.description = str(path)
        try:
            self._path = path.expanduser()
        except RuntimeError:
            # A user without a home, as in many containers: the path stays as it is, and no file is there.
            self._path = path
        self._file = WatchedFile(self._path, _parse_profile)

    def find(self) -> Credentials | None:
        """Return the credentials, None where the pair or the file is missing, or its directory is closed to us."""
        try:
            self._path.stat()
        except OSError:
            return None
        return self._file.read()


class CredentialChain:
    """The first of several sources that holds credentials."""

    def __init__(self, sources: Sequence[CredentialSource]) -> None:
        self._sources = sources
        self.description = ", ".join(source.description for source in sources)

    def find(self) -> Credentials:
        """Return the credentials. Raises NoCredentialsError where no source holds any."""
        for source in self._sources:
            credentials = source.find()
            if credentials is not None:
                return credentials
        raise NoCredentialsError(f"no key found; looked in {self.description}")


def default_chain(environment: Mapping[str, str], profiles: Sequence[Path] = PROFILE_PATHS) -> CredentialChain:
    """Return the places that are searched when the configuration names no credentials: environment, then profiles."""
    return CredentialChain([EnvironmentCredentials(environment), *map(ProfileCredentials, profiles)])


class WatchedFile(Generic[Content]):
    """A small file, parsed once and again whenever it has changed.

    `parse` gets the text and the path, and raises NoCredentialsError with a message that shows none of the text.
    """

    def __init__(self, path: Path, parse: Callable[[str, Path], Content]) -> None:
        self._path = path
        self._parse = parse
        self._parsed: tuple[tuple[int, int, int], Content] | None = None

    def read(self) -> Content:
        """Return what the file holds now. Raises NoCredentialsError where it cannot be read or parsed."""
        try:
            status = self._path.stat()
            state = (status.st_mtime_ns, status.st_size, status.st_ino)
            if self._parsed is None or self._parsed[0] != state:
                self._parsed = (state, self._parse(self._path.read_text(encoding="utf-8-sig"), self._path))
        except OSError as error:
            raise NoCredentialsError(f"cannot read {self._path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise NoCredentialsError(f"cannot read {self._path}: it is not UTF-8 text") from None
        return self._parsed[1]


def _single_value(text: str, path: Path) -> str:
    value = text.strip()
    if not value or not _is_plain(value):
        raise NoCredentialsError(f"{path} should hold one key or token and nothing else")
    return value


def _parse_profile(text: str, path: Path) -> Credentials | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise NoCredentialsError(f"{path} is not an INI file with a section [default]") from None
    section = parser["default"] if parser.has_section("default") else {}
    return _pair(str(path), section.get("secret_id"), section.get("secret_key"), section.get("token"))


def _pair(where: str, secret_id: str | None, secret_key: str | None, token: str | None) -> Credentials | None:
    parts = [(part or "").strip() for part in (secret_id, secret_key, token)]
    if not parts[0] or not parts[1]:
        return None
    if not all(map(_is_plain, parts)):
        raise NoCredentialsError(f"{where}: the key or token holds characters that none has, such as spaces")
    return Credentials(parts[0], Secret(parts[1]), Secret(parts[2]) if parts[2] else None)


def _is_plain(text: str) -> bool:
    """Whether a text could be a key or a token: printable ASCII without spaces."""
    return text.isascii() and text.isprintable() and " " not in text
