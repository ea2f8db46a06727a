"""How what was found in a file is shown in a problem: as it stands there, kept short, and without secrets."""

from __future__ import annotations

import re

import yaml

from exporter.yamlconf.names import is_forbidden
from exporter.yamlconf.yaml_nodes import DECIMAL, INTEGER_TAG, NULL_TAG, TEXT_TAG

LONGEST_DESCRIPTION = 60


def described_node(node: yaml.Node, redacted: bool) -> str:
    """Return the words for a node; those for a `redacted` one name its kind alone."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        if not node.value:
            return "an empty list"
        return (
            "a list" if redacted else _short(f"[{', '.join(described_node(child, redacted) for child in node.value)}]")
        )
    if node.tag == NULL_TAG:
        return "nothing"
    if node.tag == TEXT_TAG:
        return "text" if redacted else described_text(node.value)
    kind = _KINDS.get(node.tag, "word")
    if kind == "number" and ":" in node.value:
        kind = "time"
    elif node.tag == INTEGER_TAG and not DECIMAL.fullmatch(node.value):
        kind = "non-decimal number"
    return f"a {kind}" if redacted else f"the {kind} {_short(node.value)}"


def described_text(text: str) -> str:
    """Return a text in quotes, without the user name and the password that a URL may hold."""
    return f'"{_short(re.sub(".*@", "...@", text, flags=re.DOTALL))}"'


def described_key(node: yaml.Node, redacted: bool) -> str:
    """Return the words for an unknown key, which is named where it can be no secret in the wrong place."""
    # The ids and keys of Tencent Cloud have 32 characters and more; `key:value` lacks the space that ends a key.
    if not redacted and isinstance(node, yaml.ScalarNode) and re.fullmatch(r"[\w.-]{1,30}", node.value):
        return f"the unknown key {node.value}"
    return "an unknown key"


_KINDS = {
    "tag:yaml.org,2002:bool": "boolean",
    INTEGER_TAG: "number",
    "tag:yaml.org,2002:float": "number",
    "tag:yaml.org,2002:timestamp": "date",
}


def _short(text: str) -> str:
    text = "".join("?" if is_forbidden(character) else character for character in text)
    return text if len(text) <= LONGEST_DESCRIPTION else text[: LONGEST_DESCRIPTION - 3] + "..."
