from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import SOURCE
from tests.end_to_end.tools import tool

pytestmark = pytest.mark.end_to_end

FILES = sorted((SOURCE / ".github/workflows").glob("*.yml"))

every_workflow = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def workflow(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return document


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job.get("steps", [])]


def test_the_linters_find_nothing() -> None:
    # It has the scripts of the steps checked by shellcheck, where that is installed.
    tool("shellcheck")
    result = subprocess.run([tool("actionlint"), *FILES], capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")
    subprocess.run([tool("shellcheck"), SOURCE / ".ci/run", SOURCE / ".ci/tools"], check=True, timeout=60)


@every_workflow
def test_actions_stay_what_they_are(path: Path) -> None:
    for line in re.findall(r"uses: (.*)", path.read_text()):
        assert line.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_an_action_has_one_version() -> None:
    used = {step["uses"] for path in FILES for step in steps(path) if "uses" in step}
    assert len({one.partition("@")[0] for one in used}) == len(used)


@every_workflow
def test_jobs_may_read_the_repository_and_no_more_unless_they_say_so(path: Path) -> None:
    assert workflow(path)["permissions"] == {"contents": "read"}
    for name, job in workflow(path)["jobs"].items():
        writes = {right for right, extent in job.get("permissions", {}).items() if extent == "write"}
        allowed = {
            "pypi": {"id-token"},
            "image": {"packages", "id-token", "attestations"},
            "chart": {"packages"},
            "release": {"contents", "id-token", "attestations"},
        }
        assert writes <= (allowed.get(name, set()) if path.stem == "release" else set()), name


@every_workflow
def test_no_step_is_left_the_token_of_the_repository(path: Path) -> None:
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}
        # What an event brings is not pasted into a script.
        assert "${{" not in step.get("run", "")


def test_every_python_that_is_promised_is_tested() -> None:
    classifiers = tomllib.loads((SOURCE / "pyproject.toml").read_text())["project"]["classifiers"]
    promised = {match[1] for one in classifiers if (match := re.search(r":: (3\.\d+)$", one))}
    tested = workflow(SOURCE / ".github/workflows/test.yml")["jobs"]["python"]["strategy"]["matrix"]["python"]
    assert promised == set(tested)


def test_no_test_is_skipped_for_want_of_a_tool() -> None:
    jobs = workflow(SOURCE / ".github/workflows/test.yml")["jobs"]
    [job] = [one for one in jobs.values() if "make test-prometheus3" in [step.get("run") for step in one["steps"]]]
    assert job["env"]["REQUIRE_TOOLS"] == "1"
    [whole] = [one for one in jobs.values() if "bash .ci/run" in [step.get("run") for step in one["steps"]]]
    assert whole["container"] == job["container"]
    assert "export REQUIRE_TOOLS=1" in (SOURCE / ".ci/run").read_text()


def test_nothing_is_released_that_was_not_tested() -> None:
    jobs = workflow(SOURCE / ".github/workflows/release.yml")["jobs"]

    def before(name: str) -> set[str]:
        needs = set(jobs[name].get("needs", []))
        return needs.union(*map(before, needs))

    for name, job in jobs.items():
        if "write" in job.get("permissions", {}).values():
            assert "test" in before(name)


def test_what_is_released_has_a_provenance_and_a_bill_of_materials() -> None:
    jobs = workflow(SOURCE / ".github/workflows/release.yml")["jobs"]
    [image] = [step["with"] for step in jobs["image"]["steps"] if step.get("id") == "build"]
    assert (image["provenance"], image["sbom"], image["push"]) == ("mode=max", True, True)
    assert set(image["platforms"].split(",")) == {"linux/amd64", "linux/arm64"}
    attested = [step["with"] for step in jobs["release"]["steps"] if step.get("uses", "").startswith("actions/attest@")]
    [bill] = [one["sbom-path"] for one in attested if "sbom-path" in one]
    assert [one["subject-path"] for one in attested] == ["dist/*", "dist/*"]
    assert f"--output-file {bill}" in str(jobs["distributions"])
    assert bill in jobs["release"]["steps"][-1]["run"]
