from __future__ import annotations

from benchmarks.document import Check, Section, Table, document


def test_a_table_is_aligned_and_valid_markdown() -> None:
    table = Table(("name", "n"), [("a", 1), ("longer", 1000)])
    assert table.markdown().splitlines() == [
        "| name   | n    |",
        "| ------ | ---- |",
        "| a      | 1    |",
        "| longer | 1000 |",
    ]


def test_a_table_without_rows_is_its_head() -> None:
    assert Table(("a", "b"), []).markdown().splitlines() == ["| a | b |", "| - | - |"]


def test_the_document_begins_with_the_targets_of_all_sections() -> None:
    table = Table(("x",), [("y",)])
    first = Section("First", "One.", table, [Check("fast", "1 s", met=True)])
    second = Section("Second", "\nTwo.\n", table, [Check("small", "2 GiB", met=False)])
    text = document("Where.", [first, second])
    assert text.startswith("# Benchmarks\n\nWhere.\n\n## Targets\n")
    assert [line.split() for line in text.splitlines() if "| fast" in line or "| small" in line] == [
        ["|", "fast", "|", "1", "s", "|", "yes", "|"],
        ["|", "small", "|", "2", "GiB", "|", "**no**", "|"],
    ]
    assert text.index("## Targets") < text.index("## First\n\nOne.\n\n| x |") < text.index("## Second\n\nTwo.\n\n| x |")
    assert text.endswith("| y |\n")
