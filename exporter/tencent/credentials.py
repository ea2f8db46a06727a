"""The key that requests are signed by, and what gives it out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from exporter.tencent.secret import Secret


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


class CredentialProvider(ABC):
    """What gives out the credentials of an account. It is asked before every request; close it when done."""

    @abstractmethod
    async def get(self) -> Credentials:
        """Return the credentials of now. Raises NoCredentialsError where there are none."""

    @abstractmethod
    def current(self) -> Credentials | None:
        """Return what `get` would return without waiting, None where it would wait or fail."""

    @property
    def expiry(self) -> float | None:
        """When the key given out last expires, in Unix seconds; None where that is not known."""
        return None

    async def renew(self, refused: Credentials) -> bool:
        """Get other credentials in place of those that the API has refused; tell whether there are others now."""
        return self.current() not in {None, refused}

    def look_again(self) -> None:  # noqa: B027 -- most have looked everywhere
        """Have the next `get` look also where nothing was found before: the configuration has been read again."""

    async def aclose(self) -> None:  # noqa: B027 -- most have nothing under way
        """Give up what is under way."""
