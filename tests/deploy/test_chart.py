from __future__ import annotations

import base64
import copy
import json
import os
import re
import shlex
import subprocess
import tarfile
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from exporter import __version__
from exporter.flags import parse_flags
from exporter.web.routes import HEALTHY, READY
from tests.deploy.chart import (
    CHART,
    SOURCE,
    VALUES,
    Manifest,
    container_of,
    helm,
    of_kind,
    pod_of,
    rendered,
    template,
    validate,
)
from tests.processes import EXPORTER, get, running, start_exporter

pytestmark = pytest.mark.end_to_end

every_set_of_values = pytest.mark.parametrize("values", VALUES, ids=lambda path: path.stem.removesuffix("-values"))


def values_of(name: str) -> Path:
    return CHART / f"ci/{name}-values.yaml"


@every_set_of_values
def test_the_linter_finds_nothing(values: Path) -> None:
    result = helm("lint", "--strict", CHART, f"--values={values}")
    assert result.returncode == 0, result.stdout


@every_set_of_values
def test_kubernetes_and_the_operator_know_every_field(values: Path) -> None:
    manifests = rendered(values)
    for manifest in manifests:
        validate(manifest)
    names = [
        (one["kind"], one["metadata"]["namespace"], one["metadata"]["name"])
        for one in manifests
        if "namespace" in one["metadata"]
    ]
    assert len(names) == len(set(names))


def test_the_schemas_tell_what_is_misspelled() -> None:
    manifests = rendered(values_of("existing-secret"))
    [deployment] = copy.deepcopy(of_kind(manifests, "Deployment"))
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(deployment)
    [monitor] = copy.deepcopy(of_kind(manifests, "ServiceMonitor"))
    monitor["spec"]["endpoints"][0]["scrapeTimout"] = "5s"
    with pytest.raises(jsonschema.ValidationError):
        validate(monitor)


def test_every_kind_is_rendered_by_some_set_of_values() -> None:
    kinds = {manifest["kind"] for values in VALUES for manifest in rendered(values)}
    templates = "".join(path.read_text() for path in (CHART / "templates").glob("*.yaml"))
    assert {line.removeprefix("kind: ") for line in templates.splitlines() if line.startswith("kind: ")} == kinds
    assert len(VALUES) >= 5


@every_set_of_values
def test_pods_meet_the_restricted_standard(values: Path) -> None:
    pod = pod_of(rendered(values))
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert all(set(volume) - {"name"} <= {"configMap", "secret", "projected"} for volume in pod["volumes"] or [])
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["automountServiceAccountToken"] is False


def test_the_pod_has_the_user_of_the_image() -> None:
    context = pod_of(rendered(values_of("demo")))["securityContext"]
    assert f"\nUSER {context['runAsUser']}:{context['runAsGroup']}\n" in (SOURCE / "Dockerfile").read_text()
    # Without it, the files of a Secret with the mode 0440 are root's alone.
    assert context["fsGroup"] == context["runAsGroup"]


def laid_out(manifests: tuple[Manifest, ...], directory: Path) -> list[str]:
    """Write what the pod has mounted under a directory, and return the arguments that look there."""
    files = {one["metadata"]["name"]: one.get("data", {}) for one in of_kind(manifests, "ConfigMap")}
    for secret in of_kind(manifests, "Secret"):
        content = {name: base64.b64decode(text).decode() for name, text in secret["data"].items()}
        files[secret["metadata"]["name"]] = content
    volumes = {volume["name"]: volume for volume in pod_of(manifests)["volumes"] or []}
    arguments = list(container_of(manifests)["args"])
    for mount in container_of(manifests)["volumeMounts"] or []:
        volume = volumes[mount["name"]]
        source = volume["configMap"]["name"] if "configMap" in volume else volume["secret"]["secretName"]
        path = directory / mount["mountPath"].lstrip("/")
        path.mkdir(parents=True)
        for name, text in files.get(source, {}).items():
            (path / name).write_text(text)
    return [argument.replace("=/", f"={directory}/") for argument in arguments]


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The values that the README of the chart shows."""
    [values] = re.findall("^```yaml$(.*?)^```$", (CHART / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    path = tmp_path / "values.yaml"
    path.write_text(values)
    return path


def test_what_the_documents_install_renders(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (CHART / "README.md").read_text() + (SOURCE / "docs/deployment.md").read_text()
    monkeypatch.chdir(example.parent)
    commands = set(re.findall(r"^helm install \w+ deploy/helm/tccc-exporter (.*)$", text, re.MULTILINE))
    assert len(commands) == text.count("\nhelm install") - 1 == 2
    for options in commands:
        result = template(*shlex.split(options))
        assert result.returncode == 0, result.stderr
    values = yaml.safe_load(example.read_text())
    [secret] = set(re.findall("^kubectl create secret generic (.*)$", text, re.MULTILINE))
    [account] = values["config"]["accounts"]
    files = [f"--from-file={Path(path).name}" for path in account["credentials"].values()]
    assert secret.split() == [values["existingSecret"], *files]


@pytest.mark.parametrize("name", ["existing-secret", "tls", "pod-identity", "README"])
def test_the_exporter_takes_its_flags_and_its_configuration(name: str, example: Path, tmp_path: Path) -> None:
    arguments = laid_out(rendered(example if name == "README" else values_of(name)), tmp_path)
    key = {"TENCENTCLOUD_SECRET_ID": "AKIDEXAMPLE", "TENCENTCLOUD_SECRET_KEY": "example"}
    result = subprocess.run(
        [*EXPORTER, *arguments, "--config.check"],
        env={**os.environ, **key},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr


def test_files_that_the_pod_has_are_where_the_configuration_looks_for_them() -> None:
    for name in ("existing-secret", "tls", "discovery"):
        mounts = {mount["mountPath"] for mount in container_of(rendered(values_of(name)))["volumeMounts"]}
        flags = parse_flags(container_of(rendered(values_of(name)))["args"])
        named = [flags.config_file, *([flags.web_config_file] if flags.web_config_file else [])]
        text = values_of(name).read_text()
        named += [word for word in text.replace('"', " ").split() if word.startswith("/run/secrets/")]
        assert {str(Path(path).parent) for path in named} <= mounts


def test_the_probes_of_a_pod_are_answered() -> None:
    container = container_of(rendered(values_of("demo")))
    paths = {container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths == {HEALTHY.path, READY.path}
    with running(*EXPORTER, *container["args"], "--web.listen-address=127.0.0.1:0") as exporter:
        url = start_exporter(exporter)
        assert {get(f"{url}{path}")[0] for path in paths} == {200}


def test_probes_go_by_tls_and_pass_passwords() -> None:
    result = template(f"--values={values_of('demo')}", "--set=web.config.tls_server_config.cert_file=/x")
    assert result.stdout.count("scheme: HTTPS") == 3
    assert "--web.auth-exempt-health" in result.stdout


def test_probes_need_no_client_certificate() -> None:
    container = container_of(rendered(values_of("tls")))
    dockerfile = (SOURCE / "Dockerfile").read_text()
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        command = json.dumps(container[probe]["exec"]["command"])
        assert f"HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD {command}" in dockerfile


def test_rules_are_those_of_the_repository() -> None:
    rules = of_kind(rendered(values_of("existing-secret")), "PrometheusRule")
    files = sorted((SOURCE / "prometheus/rules").glob("*.yml"))
    assert [one["metadata"]["name"] for one in rules] == [f"test-tccc-exporter-{path.stem}" for path in files]
    for rule, path in zip(rules, files, strict=True):
        assert "$externalLabels" not in str(rule["spec"])
        text = re.sub(r"{{ or \$externalLabels\S* [^}]*}}", "https://wiki.example.com/tccc-exporter", path.read_text())
        assert rule["spec"] == yaml.safe_load(text)
        urls = re.findall(r"'runbook_url': '([^']*)'", str(rule["spec"]))
        assert all(re.fullmatch(r"https://wiki\.example\.com/tccc-exporter#tccc[a-z]+", url) for url in urls)
    unset = template("--set=prometheusRule.enabled=true,demo=true").stdout
    assert [one["spec"] for one in yaml.safe_load_all(unset) if one and one["kind"] == "PrometheusRule"] == [
        yaml.safe_load(path.read_text()) for path in files
    ]


def test_dashboards_are_those_of_the_repository() -> None:
    maps = [
        one for one in of_kind(rendered(values_of("existing-secret")), "ConfigMap") if "config.yaml" not in one["data"]
    ]
    content = {name: text for one in maps for name, text in one["data"].items()}
    assert content == {path.name: path.read_text() for path in (SOURCE / "grafana/dashboards").glob("*.json")}
    assert all(one["metadata"]["labels"]["grafana_dashboard"] == "1" for one in maps)


def test_the_package_carries_them(tmp_path: Path) -> None:
    assert helm("package", CHART, "--destination", tmp_path).returncode == 0
    with tarfile.open(next(tmp_path.glob("*.tgz"))) as package:
        content = {member.name.removeprefix("tccc-exporter/"): member for member in package.getmembers()}
        for directory, source in (("rules", "prometheus/rules"), ("dashboards", "grafana/dashboards")):
            for path in (SOURCE / source).iterdir():
                file = package.extractfile(content.pop(f"{directory}/{path.name}"))
                assert file is not None
                assert file.read() == path.read_bytes()
    assert "README.md" in content
    assert not any(name.startswith(("rules/", "dashboards/", "ci/")) for name in content)


@pytest.mark.parametrize("name", ["existing-secret", "discovery"])
def test_scrapes_have_the_job_that_the_rules_look_for(name: str) -> None:
    manifests = rendered(values_of(name))
    scrapes: list[Any] = [one["spec"] for one in of_kind(manifests, "ScrapeConfig")]
    scrapes += [endpoint for one in of_kind(manifests, "ServiceMonitor") for endpoint in one["spec"]["endpoints"]]
    assert scrapes
    for scrape in scrapes:
        assert {"action": "replace", "targetLabel": "job", "replacement": "tccc"} in scrape["relabelings"]
    assert 'job="tccc"' in (SOURCE / "prometheus/rules/exporter.yml").read_text()


def test_the_exporter_is_let_out_to_what_it_asks() -> None:
    manifests = rendered(values_of("existing-secret"))
    [policy], [deployment] = of_kind(manifests, "NetworkPolicy"), of_kind(manifests, "Deployment")

    def is_let_out(port: int, address: str, protocol: str = "TCP") -> bool:
        return any(
            {"port": port, "protocol": protocol} in rule["ports"]
            and all(ip_address(address) in ip_network(peer["ipBlock"]["cidr"]) for peer in rule.get("to", []))
            for rule in policy["spec"]["egress"]
        )

    assert is_let_out(443, "192.0.2.1")
    # The metadata service and the name servers of Tencent Cloud
    assert is_let_out(80, "169.254.0.23")
    assert is_let_out(53, "183.60.83.19", "UDP")
    assert not is_let_out(80, "192.0.2.1")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels.items()


def test_a_change_of_the_configuration_starts_pods_again_and_one_of_a_secret_does_not() -> None:
    def annotations(*arguments: str) -> Any:
        manifests = tuple(yaml.safe_load_all(template(f"--values={values_of('tls')}", *arguments).stdout))
        [deployment] = of_kind(tuple(one for one in manifests if one), "Deployment")
        return deployment["spec"]["template"]["metadata"]["annotations"]

    before = annotations()
    assert annotations("--set=config.collection.timeout=5s") != before
    assert annotations("--set=secrets.secret_key=another") == before


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ([], "give one of config, existingConfig and demo"),
        (["demo=true", "existingConfig=x"], "give one of config, existingConfig and demo"),
        (
            ["config.accounts[0].credentials.secret_key=s3cret"],
            "config.accounts[0].credentials.secret_key would stand in a ConfigMap: put it into a Secret",
        ),
        (["demo=true", "secrets.a=b", "existingSecret=x"], "give either secrets or existingSecret"),
        (["demo=true", "web.config.a=b", "web.existingSecret=x"], "give either web.config or web.existingSecret"),
        (["demo=true", "extraArgs[0]=--web.listen-address=:9100"], "extraArgs has --web.listen-address=:9100"),
        (["demo=true", "extraArgs[0]=--web.telemetry-path=/m"], "extraArgs has --web.telemetry-path=/m"),
        (["demo=true", "scrapeConfig.enabled=true", "serviceMonitor.enabled=true"], "everything is scraped twice"),
        (["demo=true", "scrapeConfig.enabled=true", "replicas=2"], "set replicas to 1"),
        (["demo=true", "serviceMonitor.interval=soon"], "/serviceMonitor/interval"),
        (
            ["demo=true", "serviceMonitor.enabled=true", "serviceMonitor.interval=5s"],
            "serviceMonitor.scrapeTimeout is 10s, longer than serviceMonitor.interval, 5s",
        ),
        (["demo=true", "scrapeConfig.enabled=true", "scrapeConfig.scrapeTimeout=1m30s"], "scrapeTimeout is 1m30s"),
        (["demo=true", "serviceMonitors.enabled=true"], "serviceMonitors"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(setting: list[str], told: str) -> None:
    result = template(*(f"--set={one}" for one in setting))
    assert result.returncode == 1
    assert told in result.stderr
    assert "s3cret" not in result.stderr


@pytest.mark.parametrize(("interval", "timeout"), [("10s", "10s"), ("5s", "4500ms"), ("1m", "1m0s"), ("1h", "90s")])
def test_a_scrape_may_take_as_long_as_the_interval(interval: str, timeout: str) -> None:
    scrape = [
        "serviceMonitor.enabled=true",
        f"serviceMonitor.interval={interval}",
        f"serviceMonitor.scrapeTimeout={timeout}",
    ]
    result = template("--set=demo=true", *(f"--set={one}" for one in scrape))
    assert result.returncode == 0, result.stderr


def test_pods_that_end_before_others_start_roll_nothing() -> None:
    result = template("--set=demo=true", "--set=strategy.type=Recreate")
    [deployment] = of_kind(tuple(filter(None, yaml.safe_load_all(result.stdout))), "Deployment")
    # Kubernetes refuses rollingUpdate beside it.
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}


def test_every_value_is_in_the_schema() -> None:
    def keys(values: Any, schema: Any, at: str) -> None:
        if isinstance(values, dict) and "properties" in schema:
            missing = set(values) - set(schema["properties"])
            assert not missing or schema.get("additionalProperties", True), f"{at}: {missing}"
            for name, value in values.items():
                keys(value, schema["properties"].get(name, {}), f"{at}.{name}")

    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    keys(values, schema, "values")
    assert set(schema["properties"]) - {"global"} == set(values)


def test_the_chart_is_of_the_version_of_the_exporter() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)
