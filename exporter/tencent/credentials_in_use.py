"""The credentials of an account as its client uses them: they may be exchanged for those of another provider."""

from __future__ import annotations

import asyncio

from exporter.tencent.credentials import CredentialProvider, Credentials
from exporter.tencent.errors import NoCredentialsError, RequestTimeoutError


class CredentialsInUse:
    """Asks a provider, by a deadline. All deadlines are times of the running loop's clock."""

    def __init__(self, provider: CredentialProvider) -> None:
        self._provider = provider

    def change(self, provider: CredentialProvider) -> None:
        """Use another provider from now on, also where somebody waits for the one of before."""
        self._provider = provider

    def current(self) -> Credentials | None:
        """Return the credentials, None where they would have to be waited for or there are none."""
        return self._provider.current()

    async def get(self, deadline: float) -> Credentials:
        """Return the credentials. Raises NoCredentialsError, and RequestTimeoutError at the deadline."""
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    asked = self._provider
                    try:
                        return await asked.get()
                    except NoCredentialsError:
                        if asked is self._provider:
                            raise
        except TimeoutError:
            raise RequestTimeoutError("no credentials in time") from None

    async def renew(self, refused: Credentials, deadline: float) -> bool:
        """Get others in place of those that the API has refused; tell whether there are others now."""
        try:
            async with asyncio.timeout_at(deadline):
                return await self._provider.renew(refused)
        except TimeoutError:
            return False
