"""The Helm chart, rendered, and the schemas of what it renders."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from tests.end_to_end.tools import tool

SOURCE = Path(__file__).parents[2]
CHART = SOURCE / "deploy/helm/tccc-exporter"
VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
KUBERNETES = "1.34"

Manifest = dict[str, Any]


def helm(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([tool("helm"), *arguments], capture_output=True, text=True, check=False, timeout=120)


def template(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return helm("template", "test", CHART, "--namespace=monitoring", f"--kube-version={KUBERNETES}", *arguments)


@cache
def rendered(values: Path) -> tuple[Manifest, ...]:
    """Return what the chart makes of a file of values."""
    result = template(f"--values={values}")
    assert result.returncode == 0, result.stderr
    return tuple(one for one in yaml.safe_load_all(result.stdout) if one)


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> list[Manifest]:
    return [one for one in manifests if one["kind"] == kind]


def pod_of(manifests: tuple[Manifest, ...]) -> Manifest:
    [deployment] = of_kind(manifests, "Deployment")
    pod: Manifest = deployment["spec"]["template"]["spec"]
    return pod


def container_of(manifests: tuple[Manifest, ...]) -> Manifest:
    [container] = pod_of(manifests)["containers"]
    return dict(container)


def validate(manifest: Manifest) -> None:
    """Check a manifest against the schema of its kind, in which nothing else is allowed."""
    if "monitoring.coreos.com" in manifest["apiVersion"]:
        jsonschema.validate(manifest, _custom_schema(manifest["apiVersion"], manifest["kind"]))
    else:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@cache
def _custom_schema(api_version: str, kind: str) -> Manifest:
    path = Path(tool("helm")).parent / f"crds/monitoring.coreos.com_{kind.lower()}s.yaml"
    definition = yaml.load(path.read_text(), yaml.CSafeLoader)
    [schema] = [
        one["schema"]["openAPIV3Schema"]
        for one in definition["spec"]["versions"]
        if api_version == f"monitoring.coreos.com/{one['name']}"
    ]
    schema["properties"]["metadata"] = {"properties": {name: {} for name in ("name", "namespace", "labels")}}
    _close(schema)
    return dict(schema)


def _close(schema: Any) -> None:
    """Refuse what Kubernetes would drop without a word."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)
        if isinstance(pattern := schema.get("pattern"), str):
            # Go allows flags behind the beginning, Python does not.
            schema["pattern"] = pattern.replace("^(?i)", "(?i)^")
        for one in schema.values():
            _close(one)
    elif isinstance(schema, list):
        for one in schema:
            _close(one)
