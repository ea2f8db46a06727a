"""What is installed from the wheel into an empty environment, away from the source."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from exporter import __version__
from tests.processes import get, running, start_exporter

pytestmark = pytest.mark.end_to_end

SOURCE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the programs of an environment that holds the wheel and its dependencies alone."""
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", f"--wheel-dir={directory}", SOURCE],
        check=True,
        timeout=300,
    )
    [wheel] = directory.glob("tccc_exporter-*.whl")
    venv.create(directory / "environment", with_pip=True)
    programs = directory / "environment" / "bin"
    subprocess.run([programs / "pip", "install", "--quiet", wheel], check=True, timeout=300)
    return programs


def test_the_installed_exporter_serves_the_demo(programs: Path, tmp_path: Path) -> None:
    with running(f"{programs}/tccc-exporter", "--demo", "--web.listen-address=127.0.0.1:0", directory=tmp_path) as one:
        url = start_exporter(one)
        status, exposition = get(f"{url}/metrics")
        assert status == 200
        assert 'tccc_up{application="support-hotline"} 1.0' in exposition
        assert 'tccc_exporter_build_info{pythonversion="' in exposition
        assert f'version="{__version__}"' in exposition
        assert "TcccApplicationFailing" in get(f"{url}/runbook")[1]


@pytest.mark.parametrize("program", ["tccc-exporter", "tccc-emulator"])
def test_programs_tell_their_version(program: str, programs: Path, tmp_path: Path) -> None:
    result = subprocess.run(
        [programs / program, "--version"], capture_output=True, text=True, check=True, cwd=tmp_path, timeout=60
    )
    assert result.stdout == f"{program} {__version__}\n"
    module = {"tccc-exporter": "exporter", "tccc-emulator": "exporter.emulator"}[program]
    again = subprocess.run(
        [programs / "python", "-m", module, "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert again.stdout == result.stdout


def test_only_the_package_is_installed(programs: Path) -> None:
    listing = subprocess.run(
        [programs / "pip", "show", "--files", "tccc-exporter"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    files = [line.strip() for line in listing.partition("Files:")[2].splitlines() if line.strip()]
    assert {Path(file).parts[0] for file in files} <= {"exporter", f"tccc_exporter-{__version__}.dist-info", ".."}
    assert any(file.endswith("licenses/LICENSE") for file in files)
