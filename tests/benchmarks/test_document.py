from __future__ import annotations

from benchmarks.document import Check, Section, Table, document


def test_a_table_is_aligned_and_valid_markdown() -> None:
    table = Table([{"name": "a", "n": 1}, {"name": "longer", "n": 1000}])
    assert table.markdown().splitlines() == [
        "| name   | n    |",
        "| ------ | ---- |",
        "| a      | 1    |",
        "| longer | 1000 |",
    ]


def test_a_table_as_comma_separated_values() -> None:
    assert Table([{"a": "x, y", "b": 1}]).csv() == 'a,b\n"x, y",1\n'


def test_the_document_begins_with_the_first_section_and_the_targets_of_all() -> None:
    table = Table([{"x": "y"}])
    first = Section("First", "One.", table, [Check("fast", "1 s", met=True)])
    second = Section("Second", "\nTwo.\n", table, [Check("small", "2 GiB", met=False)])
    text = document("Where.", [first, second])
    assert text.startswith("# Benchmarks\n\n## First\n\nOne.\n\n| x |")
    assert [line.split() for line in text.splitlines() if "| fast" in line or "| small" in line] == [
        ["|", "fast", "|", "1", "s", "|", "yes", "|"],
        ["|", "small", "|", "2", "GiB", "|", "**no**", "|"],
    ]
    assert text.index("## Targets") < text.index("## Second\n\nTwo.\n\n| x |")
    assert text.endswith("\n\nWhere.\n")


def test_where_nothing_is_aimed_at_there_are_no_targets() -> None:
    assert "Targets" not in document("Where.", [Section("First", "One.", Table([{"x": "y"}]))])
