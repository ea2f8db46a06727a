"""Where the key of an account comes from.

A source is asked before every request, so that a key exchanged in a file or the profile is used from the next request
on. Files are read again only when they have changed.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from exporter.tencent.errors import NoCredentialsError
from exporter.tencent.key_text import ALLOWED, KeyTextError, check_key_text
from exporter.tencent.secret import Secret
from exporter.tencent.watched_file import WatchedFile

PROFILE_PATHS = (Path("~/.tencentcloud/credentials"), Path("/etc/tencentcloud/credentials"))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair, and the token that goes with it where the key is a temporary one.

    `identity` names whose rate limit a request counts against, for as long as the exporter runs: the secret id where
    that is fixed (the default), else the source it is read from, such as the path of a file. So it stays the same when
    the key is renewed, and two accounts with one identity share one rate limit. `source` tells a person where the key
    comes from, such as `secret_key_file /run/secrets/key`.
    """

    secret_id: str = field(repr=False)
    secret_key: Secret
    token: Secret | None = None
    identity: str = field(default="", repr=False)
    source: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.identity:
            object.__setattr__(self, "identity", self.secret_id)


class CredentialSource(Protocol):
    """A place that may hold credentials."""

    description: str

    def find(self) -> Credentials | None:
        """Return the credentials, None where this place holds none.

        Raises NoCredentialsError where it should hold some and cannot be read.
        """

    def half_set(self) -> str:
        """Return in words which part of a pair is there without the other, nothing where that is not so."""


class FixedCredentials:
    """Credentials known from the start, or in files: a `Path` stands for the file that holds the text."""

    description = "the configuration"

    def __init__(self, secret_id: str | Path, secret_key: Secret | Path, token: Secret | Path | None = None) -> None:
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._token = token
        # Links are not followed: a secret that is mounted anew stays the same source.
        self._identity = secret_id if isinstance(secret_id, str) else os.path.abspath(secret_id)  # noqa: PTH100
        parts = {"secret_id": secret_id, "secret_key": secret_key, "token": token}
        files = [f"{name}_file {part}" for name, part in parts.items() if isinstance(part, Path)]
        texts = [name for name, part in parts.items() if isinstance(part, str | Secret)]
        inline = [f"{_listed(texts)} of {self.description}"] if texts else []
        self._source = ", ".join([*inline, *files])
        self._files: dict[Path, WatchedFile[str]] = {}

    def find(self) -> Credentials:
        """Return the credentials. Raises NoCredentialsError where a file cannot be read."""
        secret_id = self._secret_id if isinstance(self._secret_id, str) else self._content(self._secret_id)
        token = None if self._token is None else self._secret(self._token)
        return Credentials(secret_id, self._secret(self._secret_key), token, self._identity, self._source)

    def _secret(self, secret: Secret | Path) -> Secret:
        return secret if isinstance(secret, Secret) else Secret(self._content(secret))

    def _content(self, path: Path) -> str:
        return self._files.setdefault(path, WatchedFile(path, _single_value)).read()


class EnvironmentCredentials:
    """The variables `TENCENTCLOUD_SECRET_ID`, `TENCENTCLOUD_SECRET_KEY` and `TENCENTCLOUD_TOKEN`.

    Some tools call the last one `TENCENTCLOUD_SECURITY_TOKEN`; it counts where the other is not set.
    """

    description = "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY"

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def find(self) -> Credentials | None:
        """Return the credentials, None unless both variables of the pair are set.

        Raises NoCredentialsError where one of them holds no key.
        """
        return _pair(self._parts, source=self.description)

    def half_set(self) -> str:
        """Return in words which of the variables are set while others are missing."""
        return _half_set(self._parts)

    @property
    def _parts(self) -> list[_Part]:
        names = ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"]
        if not self._environment.get("TENCENTCLOUD_TOKEN", "").strip():
            names[-1] = "TENCENTCLOUD_SECURITY_TOKEN"
        return [(name, self._environment.get(name)) for name in names]


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
        profile = self._read()
        return None if profile is None else profile.credentials

    def half_set(self) -> str:
        """Return in words which part of the pair is set while the other is missing."""
        profile = self._read()
        return "" if profile is None else profile.half_set

    def _read(self) -> _Profile | None:
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
        halves = [half for source in self._sources if (half := source.half_set())]
        raise NoCredentialsError("; ".join(["no key found", *halves, f"looked in {self.description}"]))


def default_chain(environment: Mapping[str, str], profiles: Sequence[Path] = PROFILE_PATHS) -> CredentialChain:
    """Return the places that are searched when the configuration names no credentials: environment, then profiles."""
    return CredentialChain([EnvironmentCredentials(environment), *map(ProfileCredentials, profiles)])


def read_key_file(path: Path) -> str:
    """Return the part of a key that a file holds. Raises NoCredentialsError where it holds none."""
    return WatchedFile(path, _single_value).read()


def _single_value(text: str, path: Path) -> str:
    return _checked(text, str(path))


class _Profile(NamedTuple):
    credentials: Credentials | None
    half_set: str


def _parse_profile(text: str, path: Path) -> _Profile:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        raise NoCredentialsError(f"{path} is not an INI file with a section [default]") from None
    section = parser["default"] if parser.has_section("default") else {}
    parts = [(name, section.get(name)) for name in ("secret_id", "secret_key", "token")]
    half_set = _half_set(parts)
    return _Profile(
        _pair([(f"{path}: {name}", text) for name, text in parts], identity=str(path), source=str(path)),
        f"{path}: {half_set}" if half_set else "",
    )


_Part = tuple[str, str | None]
"""The words for where a part of the credentials is, and its text, None where there is none."""


def _pair(parts: Sequence[_Part], identity: str = "", source: str = "") -> Credentials | None:
    """Return credentials of an id, a key and a token, each with the words for where it is; None for no whole pair."""
    (_, secret_id), (_, secret_key), _ = parts
    if not (secret_id or "").strip() or not (secret_key or "").strip():
        return None
    checked_id, checked_key, token = [_checked(part, where) if (part or "").strip() else "" for where, part in parts]
    return Credentials(checked_id, Secret(checked_key), Secret(token) if token else None, identity, source)


def _half_set(parts: Sequence[_Part]) -> str:
    there = [name for name, text in parts if (text or "").strip()]
    missing = [name for name, text in parts[:2] if not (text or "").strip()]
    if not there or not missing:
        return ""
    return f"{_are(there)} set, {_are(missing)} not"


def _are(names: Sequence[str]) -> str:
    return f"{_listed(names)} {'is' if len(names) == 1 else 'are'}"


def _listed(names: Sequence[str]) -> str:
    """Return names as `a`, `a and b`, or `a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _checked(text: str | None, where: str) -> str:
    try:
        return check_key_text((text or "").strip())
    except KeyTextError as error:
        allowed = f"{ALLOWED}, and nothing else"
        raise NoCredentialsError(f"{where}: found text {error}, allowed: {allowed}") from None
