from __future__ import annotations

from textwrap import dedent

from exporter.config.loading import parse
from exporter.yamlconf.problems import ConfigurationError

ACCOUNTS = "accounts: [{name: main, applications: [{sdk_app_id: 1400000000}]}]\n"
"""The least that a configuration holds, in one line."""

DOCUMENT_KEYS = "accounts, collectors, collection, staff, schedules"
ACCOUNT_KEYS = "name, credentials, endpoint, ca_file, requests_per_second, applications"
COLLECTION_KEYS = "timeout, timeout_offset, min_interval, max_staleness"
CREDENTIAL_KEYS = "secret_id, secret_id_file, secret_key, secret_key_file, token, token_file"

NAME = "text of 1 to 100 characters without spaces around it; numbers, dates, yes and no in quotes"
FILE = "text of 1 to 4096 characters without spaces around it; numbers, dates, yes and no in quotes"
KEY = "1 to 4096 characters of printable ASCII without spaces; numbers, dates, yes and no in quotes"
ID = "a whole number from 1 to 4294967295"
SUCH_AS = "such as 500ms, 10s or 1m30s"
ENDPOINT = "http:// or https:// with a host, perhaps a port, and nothing else"


def unindented(text: str) -> str:
    """Return a file that stands in the source with an empty line before it and the indentation around it."""
    return dedent(text).removeprefix("\n")


def fault_lines(content: str | bytes, file: str = "config.yaml") -> list[str]:
    """Return the problems of a configuration as an operator sees them, or none."""
    try:
        parse(unindented(content).encode() if isinstance(content, str) else content, file)
    except ConfigurationError as error:
        return str(error).split("\n")
    return []
