"""What is wrong with a configuration, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """What is wrong, and where; `line` counts from 1, 0 stands for no line in particular."""

    file: str
    line: int
    path: str
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.path, self.problem) if part)


class ConfigurationError(Exception):
    """A configuration that cannot be used; `problems` tells all that is wrong with it, in the order of its lines."""

    def __init__(self, problems: list[ConfigProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))
