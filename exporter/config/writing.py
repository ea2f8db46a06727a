"""A configuration as a file would have it: every default filled in, and none of its secrets."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any, get_type_hints

import yaml

from exporter.config.schema import Config
from exporter.yamlconf.value_rule import QuotedText, ValueRule
from exporter.yamlconf.yaml_nodes import TEXT_TAG


def as_yaml(config: Config) -> str:
    """Return a configuration in YAML, to be read back as it was once its secrets stand in the places of `<secret>`."""
    text: str = yaml.dump(_plain(config), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return text


def _plain(value: Any) -> Any:
    """Return a value made of mappings, lists and scalars; what is None is left out, as in a file."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            name.removesuffix("_"): _plain(child) if rule is None else rule.write(child)
            for name, rule in _rules(type(value)).items()
            if (child := getattr(value, name)) is not None
        }
    if isinstance(value, dict):
        return {name: _plain(child) for name, child in value.items()}
    return [_plain(child) for child in value]


@cache
def _rules(shape: Any) -> dict[str, ValueRule | None]:
    """Return the fields of a dataclass, with the rules of those that are single values."""
    return {
        name: next((part for part in getattr(hint, "__metadata__", ()) if isinstance(part, ValueRule)), None)
        for name, hint in get_type_hints(shape, include_extras=True).items()
    }


_Base: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Base):  # type: ignore[misc, valid-type]
    """As fast as there is, and writes texts in quotes that need them for other reasons than YAML's."""


_Dumper.add_representer(QuotedText, lambda dumper, text: dumper.represent_scalar(TEXT_TAG, str(text), style='"'))
