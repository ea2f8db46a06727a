from __future__ import annotations

import shutil
from dataclasses import fields
from pathlib import Path

import exporter
from exporter.web.config.loading import check, load
from exporter.web.config.read_files import ReadFiles
from exporter.web.config.schema import HeaderSettings, TlsSettings
from tests.web.config.certificates import ca_pem, server

EXAMPLE = Path(exporter.__file__).parent.parent / "web-config.example.yml"


def test_the_example_lacks_nothing_but_its_certificates() -> None:
    missing = check(EXAMPLE)
    assert [line.split(": ")[1] for line in missing] == [
        f"tls_server_config.{key}_file" for key in ("cert", "key", "client_ca")
    ]


def test_the_example_works_with_them(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    server().write(tmp_path, "tls")
    (tmp_path / "client-ca.crt").write_text(ca_pem())
    loaded = load(tmp_path / EXAMPLE.name, ReadFiles())
    assert loaded.notes == ()
    assert len(loaded.config.http_server_config.headers.items()) == len(fields(HeaderSettings))


def test_the_example_tells_of_every_key() -> None:
    text = EXAMPLE.read_text()
    assert [field.name for field in fields(TlsSettings) if f"{field.name}:" not in text] == []
