"""Links lead somewhere, and every document can be found."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.documents.markdown import CHINESE, CHINESE_README, DOCS, PATHS, README, ROOT, Document, document
from tests.prometheus.files import RUNBOOK, alerts


def target(source: Path, link: str) -> tuple[Path, str]:
    path, _, fragment = unquote(link).partition("#")
    return (source.parent / path).resolve() if path else source, fragment


def leads_somewhere(source: Path, link: str) -> bool:
    to, fragment = target(source, link)
    return to.exists() and to.is_relative_to(ROOT) and (not fragment or fragment in document(to).anchors)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_resolve(path: Path) -> None:
    links = [link for link in document(path).links() if not link.startswith(("https://", "http://"))]
    assert [link for link in links if not leads_somewhere(path, link)] == []


def test_the_readme_leads_to_every_document() -> None:
    for readme, folder in ((README, DOCS), (CHINESE_README, DOCS / "zh-CN")):
        linked = {target(readme, link)[0] for link in document(readme).links()}
        assert set(folder.glob("*.md")) <= linked


def test_languages_lead_to_each_other() -> None:
    for english, chinese in CHINESE.items():
        for one, other in ((english, chinese), (chinese, english)):
            assert other in {target(one, link)[0] for link in document(one).links()}


def test_alerts_lead_to_the_runbook() -> None:
    fragments = {rule["annotations"]["runbook_url"].rpartition("#")[2] for rule in alerts().values()}
    assert fragments <= document(RUNBOOK).anchors


def test_anchors_are_those_of_github(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# `a.yaml`: What, now?\n\n## 双机 或 pipx\n\n## Twice\n\n## Twice\n")
    assert Document(tmp_path / "a.md").anchors == {"ayaml-what-now", "双机-或-pipx", "twice", "twice-1"}
