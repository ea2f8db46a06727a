"""The files that a configuration names and that hold secrets: whether a key can be had from each now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from exporter.tencent.credential_sources.fixed import read_key_file
from exporter.tencent.errors import NoCredentialsError
from exporter.yamlconf.document import Document
from exporter.yamlconf.problems import ConfigProblem


def unusable_secret_files(document: Document, directory: Path) -> Iterator[ConfigProblem]:
    """Give for each file that holds no key now where it is named and why, which is no error: it may come later.

    Relative paths start at the directory.
    """
    for position, path in document.values.items():
        if position[-1] in {"secret_id_file", "secret_key_file", "token_file"}:
            try:
                read_key_file(directory / path)
            except NoCredentialsError as error:
                yield document.problem_at(position, error.message)
