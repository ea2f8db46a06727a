"""Keys as people write them, right and wrong, and the sources that read them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from exporter.tencent.credential_sources.default_chain import CredentialChain
from exporter.tencent.credential_sources.environment import EnvironmentCredentials
from exporter.tencent.credential_sources.profile import ProfileCredentials
from exporter.tencent.credentials import Credentials

ENVIRONMENT = {"TENCENTCLOUD_SECRET_ID": "AKIDenv", "TENCENTCLOUD_SECRET_KEY": "env-key"}

NO_KEYS = [
    ("A\nB", "that looks like several lines"),
    ("two words", "whose character 4 is a space"),
    ("schl\u00fcssel", "whose character 5 is a letter that is not ASCII (Latin)"),
    ("hush\u0410", "whose character 5 is a letter that is not ASCII (Cyrillic)"),
    ("\u201chush\u201d", "whose character 1 is a typographic quotation mark"),
    ('"hush"', "that looks like text in quotes, which are no part of a key"),
    ("hush" * 1025, "of more than 4096 characters"),
    *(
        (placeholder, "that looks like a placeholder which nothing has filled in")
        for placeholder in (
            "${SECRET_KEY}",
            "$SECRET_KEY",
            "$(SECRET_KEY)",
            "<secret-key>",
            "{{ secret_key }}",
            "{{secret_key}}",
            "%SECRET%",
            "@SECRET@",
            "__SECRET__",
            "YOUR_SECRET_KEY",
            "change-me",
            "REPLACE_WITH_SECRET_KEY",
        )
    ),
    ("secret_key=hush", "that looks like a line with the name of a variable before its value"),
    ("SECRET_KEY = hush", "that looks like a line with the name of a variable before its value"),
    ("TENCENTCLOUD_SECRET_KEY=hush", "that looks like a line with the name of a variable before its value"),
    ("export TENCENTCLOUD_SECRET_KEY='hush'", "that looks like a line of a shell script"),
    ("set SECRET_KEY=hush", "that looks like a line of a shell script"),
    ("secret_key: hush", "that looks like a line of YAML with the key before its value"),
    ("secretKey: hush\nsecretId: hush", "that looks like a line of YAML with the key before its value"),
    ('{"secret_key": "hush"}', "that looks like JSON"),
    ("[default]\nsecret_key = hush", "that looks like an INI file: a profile has a place of its own"),
    ("SecretId,SecretKey\nAKIDhush,hush", "that looks like a CSV file"),
    ("AKIDhush:hush", "that looks like a secret id with something behind it"),
    ("-----BEGIN PRIVATE KEY-----\nhush", "that looks like a PEM file"),
]


def profile(path: Path, text: str = "[default]\nsecret_id = AKIDprofile\nsecret_key = profile%key\n") -> Path:
    path.write_text(text)
    return path


def local_chain(environment: Mapping[str, str], profiles: Sequence[Path]) -> CredentialChain:
    return CredentialChain([EnvironmentCredentials(environment), *map(ProfileCredentials, profiles)], [])


def find(environment: Mapping[str, str], profiles: Sequence[Path]) -> Credentials:
    return asyncio.run(local_chain(environment, profiles).get())
