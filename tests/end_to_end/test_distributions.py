"""What is installed from the wheel and from the sdist, each into an empty environment, away from the source.

DISTRIBUTIONS names the directory with both, as `make release-check` builds them.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
import venv
from pathlib import Path

import pytest

from exporter import __version__
from tests.processes import get, running, start_exporter

pytestmark = pytest.mark.end_to_end

SOURCE = Path(__file__).parents[2]
NAME = f"tccc_exporter-{__version__}"
WHEEL = f"{NAME}-py3-none-any.whl"
SDIST = f"{NAME}.tar.gz"
CARRIED = {
    "--print-dashboards": sorted(SOURCE.glob("grafana/dashboards/*.json")),
    "--print-rules": sorted(SOURCE.glob("prometheus/rules/*.yml")),
}

if "DISTRIBUTIONS" not in os.environ:
    pytest.skip("DISTRIBUTIONS names no directory: make release-check", allow_module_level=True)

DISTRIBUTIONS = Path(os.environ["DISTRIBUTIONS"]).absolute()


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def programs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the programs of an environment that holds the exporter and its dependencies alone."""
    directory = tmp_path_factory.mktemp(request.param)
    venv.create(directory, with_pip=True)
    distribution = DISTRIBUTIONS / {"wheel": WHEEL, "sdist": SDIST}[request.param]
    subprocess.run([directory / "bin" / "pip", "install", "--quiet", distribution], check=True, timeout=300)
    return directory / "bin"


def output(*command: str | Path, directory: Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=directory, timeout=60).stdout


def test_the_installed_exporter_serves_the_demo(programs: Path, tmp_path: Path) -> None:
    with running(f"{programs}/tccc-exporter", "--demo", "--web.listen-address=127.0.0.1:0", directory=tmp_path) as one:
        url = start_exporter(one)
        status, exposition = get(f"{url}/metrics")
        assert status == 200
        assert 'tccc_up{application="support-hotline"} 1.0' in exposition
        assert 'tccc_exporter_build_info{pythonversion="' in exposition
        assert f'version="{__version__}"' in exposition
        assert '<h2 id="tcccapplicationfailing">' in get(f"{url}/runbook")[1]


@pytest.mark.parametrize("flag", CARRIED)
def test_it_writes_out_all_that_it_carries(flag: str, programs: Path, tmp_path: Path) -> None:
    printed = output(programs / "tccc-exporter", f"{flag}=here", directory=tmp_path)
    assert printed.splitlines() == [f"here/{file.name}" for file in CARRIED[flag]]
    assert {path.name: path.read_bytes() for path in (tmp_path / "here").iterdir()} == {
        file.name: file.read_bytes() for file in CARRIED[flag]
    }


@pytest.mark.parametrize("program", ["tccc-exporter", "tccc-emulator"])
def test_programs_tell_their_version(program: str, programs: Path, tmp_path: Path) -> None:
    module = {"tccc-exporter": "exporter", "tccc-emulator": "exporter.emulator"}[program]
    for command in ([programs / program], [programs / "python", "-m", module]):
        assert output(*command, "--version", directory=tmp_path) == f"{program} {__version__}\n"


def test_only_the_package_is_installed(programs: Path, tmp_path: Path) -> None:
    listing = output(programs / "pip", "show", "--files", "tccc-exporter", directory=tmp_path)
    files = [line.strip() for line in listing.partition("Files:")[2].splitlines() if line.strip()]
    assert {Path(file).parts[0] for file in files} <= {"exporter", f"{NAME}.dist-info", ".."}
    assert any(file.endswith("licenses/LICENSE") for file in files)
    assert "exporter/py.typed" in files


def test_the_sdist_has_every_file_of_the_repository_but_what_runs_it() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=SOURCE, capture_output=True, text=True, check=False, timeout=60)
    if listed.returncode:
        pytest.skip("the source is no repository of git")
    links = {path.relative_to(SOURCE).as_posix() for path in SOURCE.glob("deploy/helm/*/*") if path.is_symlink()}
    of_the_repository = {name for name in listed.stdout.splitlines() if not name.startswith(".")} - links
    with tarfile.open(DISTRIBUTIONS / SDIST) as archive:
        assert of_the_repository <= {name.removeprefix(f"{NAME}/") for name in archive.getnames()}


def test_nothing_else_is_published() -> None:
    assert {path.name for path in DISTRIBUTIONS.iterdir()} == {WHEEL, SDIST}
