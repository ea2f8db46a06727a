from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from exporter.config.loading import load, parse
from exporter.config.schema import Account, CollectionSettings, CollectorSettings, Config, StaffSettings
from exporter.yamlconf.document import Document

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
TEXT = EXAMPLE.read_text()
COMMENTED_OUT = re.compile(r"^( *)# ([a-z_]+: \S+)$", re.MULTILINE)


def paths_of_schema(shape: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, hint in get_type_hints(shape).items():
        here = (*path, name.removesuffix("_"))
        yield here
        if get_origin(hint) is dict:
            here = (*here, "office_hours")
            yield here
        for part in get_args(hint) or (hint,):
            if dataclasses.is_dataclass(part):
                yield from paths_of_schema(part, here)


def paths_of_file(text: str) -> set[tuple[str, ...]]:
    document = Document("config.example.yaml", redacted=("credentials",))
    document.build(text.encode(), Config)
    document.raise_problems()
    paths = {tuple(str(part) for part in position if isinstance(part, str)) for position in document.lines}
    return paths - {()}


def test_the_example_is_without_faults() -> None:
    assert [account.name for account in load(EXAMPLE).accounts] == ["main"]


def test_the_example_has_every_key_where_it_belongs() -> None:
    assert paths_of_file(COMMENTED_OUT.sub(r"\1\2", TEXT)) == set(paths_of_schema(Config))


def test_the_example_shows_the_defaults() -> None:
    config = load(EXAMPLE)
    assert config.collectors == CollectorSettings()
    assert config.collection == CollectionSettings()
    assert config.staff == StaffSettings()
    default = Account(name="main", applications=config.accounts[0].applications)
    assert dataclasses.replace(config.accounts[0], credentials=None) == default
    in_force = paths_of_file(TEXT)
    for block, shape in (
        ("collectors", CollectorSettings),
        ("collection", CollectionSettings),
        ("staff", StaffSettings),
    ):
        assert in_force >= set(paths_of_schema(shape, (block,)))


def test_the_other_way_to_give_the_key_is_right_too() -> None:
    before, block, after = re.split(r"(?s)(    credentials:\n.*?)\n\n", TEXT)
    block = COMMENTED_OUT.sub(r"\1\2", block)
    by_file = parse(f"{before}{re.sub('.* (secret_id|secret_key|token): .*', '', block)}\n\n{after}".encode(), "x")
    assert by_file.accounts[0].credentials is not None
    assert by_file.accounts[0].credentials.secret_id_file == "/run/secrets/tencentcloud_secret_id"
    assert by_file.accounts[0].credentials.secret_key_file == "/run/secrets/tencentcloud_secret_key"
    assert by_file.accounts[0].credentials.token_file == "/run/secrets/tencentcloud_token"
