"""The files that a configuration names and that hold secrets: whether a key can be had from each now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exporter.config.schema import Config
from exporter.tencent.credential_sources.fixed import read_key_file
from exporter.tencent.errors import NoCredentialsError


def unusable_secret_files(config: Config) -> Iterator[str]:
    """Give for each file that holds no key now where it is named and why, which is no error: it may come later."""
    for number, account in enumerate(config.accounts):
        for key in ("secret_id_file", "secret_key_file", "token_file"):
            path: str | None = getattr(account.credentials, key, None)
            if path is None:
                continue
            try:
                read_key_file(Path(path))
            except NoCredentialsError as error:
                yield f"accounts[{number}].credentials.{key}: {error.message}"
