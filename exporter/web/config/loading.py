"""From the file of the web configuration, and the files that it names, to what the server works with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exporter.web.config.read_files import ReadFiles
from exporter.web.config.schema import TlsSettings, WebConfig
from exporter.web.config.tls import VERIFYING, Pem, ServerTls, TlsSettingsError, server_tls
from exporter.yamlconf.document import Document
from exporter.yamlconf.problems import ConfigProblem, ConfigurationError

REDACTED = ("basic_auth_users", "cert", "key", "key_file", "client_ca")
TLS = "tls_server_config"


@dataclass(frozen=True, slots=True)
class LoadedWebConfig:
    """A web configuration ready for use. Without `tls` it is plain HTTP. `notes` are for the log."""

    config: WebConfig
    tls: ServerTls | None
    notes: tuple[str, ...]


def load(path: str | Path, files: ReadFiles) -> LoadedWebConfig:
    """Read a web configuration with all that it names, relative paths by its directory. Raises ConfigurationError."""
    loaded, missing = _load(path, files)
    if missing:
        raise ConfigurationError(missing)
    return loaded


def check(path: str | Path) -> list[str]:
    """Check a web configuration where it may not be complete: return what is missing of the files that it names.

    Raises ConfigurationError for anything else that is wrong.
    """
    _, missing = _load(path, ReadFiles())
    return [str(problem) for problem in missing]


def _load(path: str | Path, files: ReadFiles) -> tuple[LoadedWebConfig, list[ConfigProblem]]:
    try:
        content = files.read(path)
    except OSError as error:
        raise ConfigurationError([ConfigProblem(str(path), 0, "", f"cannot be read: {error.strerror}")]) from None
    document = Document(str(path), REDACTED)
    config = document.build(content, WebConfig)
    _check_tls(document)
    _check_users(document)
    _check_rate_limit(document)
    document.raise_problems()
    assert config is not None
    missing: list[ConfigProblem] = []
    tls = None
    if _gives_tls(document):
        assert config.tls_server_config is not None
        pem = _read_pem(document, config.tls_server_config, Path(path).parent, files, missing)
        try:
            tls = server_tls(config.tls_server_config, pem)
        except TlsSettingsError as error:
            document.report((TLS, _given(document, error.key)), error.problem)
            document.raise_problems()
    notes = () if tls is None else tls.notes
    if config.http_server_config.http2:
        notes = (*notes, "http2: HTTP/1.1 is served, which every client of HTTP/2 speaks too")
    return LoadedWebConfig(config, tls, notes), missing


def _read_pem(
    document: Document, settings: TlsSettings, directory: Path, files: ReadFiles, missing: list[ConfigProblem]
) -> Pem:
    def content(key: str) -> bytes | None:
        inline: str | None = getattr(settings, key)
        path: str | None = getattr(settings, f"{key}_file")
        if inline is not None or path is None:
            return None if inline is None else inline.encode()
        try:
            return files.read(directory / path)
        except OSError as error:
            problem = f"{directory / path} cannot be read: {error.strerror}"
            missing.append(document.problem_at((TLS, f"{key}_file"), problem))
            return None

    return Pem(content("cert"), content("key"), content("client_ca"))


def _gives_tls(document: Document) -> bool:
    return any(position[:1] == (TLS,) and len(position) > 1 for position in document.lines)


def _given(document: Document, key: str) -> str:
    """Return the key under which something is given that may be inline or in a file."""
    return f"{key}_file" if (TLS, f"{key}_file") in document.lines else key


def _check_tls(document: Document) -> None:
    if not _gives_tls(document):
        return
    given = {position[1] for position in document.lines if position[:1] == (TLS,) and len(position) > 1}
    for key in ("cert", "key", "client_ca"):
        if {key, f"{key}_file"} <= given:
            document.report((TLS, key), f"is given beside {key}_file, allowed: one of the two")
        elif key != "client_ca" and not {key, f"{key}_file"} & given:
            document.report((TLS, f"{key}_file"), f"is missing, allowed: {key}_file or {key}")
    auth_type = _value(document, "client_auth_type")
    ca = _given(document, "client_ca")
    if auth_type == "NoClientCert" and ca in given:
        asked = "RequireAndVerifyClientCert"
        document.report((TLS, ca), f"is given, but no client is asked for a certificate, allowed: with {asked}")
    if "client_allowed_sans" in given:
        if auth_type in {"NoClientCert", "RequestClientCert"}:
            allowed = " or ".join(VERIFYING)
            document.report((TLS, "client_allowed_sans"), f"is given with {auth_type}, allowed: with {allowed}")
        if not any(position[:2] == (TLS, "client_allowed_sans") and len(position) > 2 for position in document.lines):
            document.report((TLS, "client_allowed_sans"), "lets nobody in, allowed: a list of one or more")
    least, most = _value(document, "min_version"), _value(document, "max_version")
    if least is not None and most is not None and least > most:
        document.report((TLS, "min_version"), f"is {least}, allowed: no more than max_version, which is {most}")


def _value(document: Document, key: str) -> str | None:
    """Return a TLS setting; None where it is wrong."""
    default = None if (TLS, key) in document.lines else getattr(TlsSettings(), key)
    value: str | None = document.values.get((TLS, key), default)
    return value


def _check_users(document: Document) -> None:
    for position in list(document.lines):
        if position[:1] == ("basic_auth_users",) and len(position) == 2 and ":" in str(position[1]):
            document.report(("basic_auth_users",), "found a name with a colon, which no client can send")


def _check_rate_limit(document: Document) -> None:
    interval = document.values.get(("rate_limit", "interval"), 0.0)
    burst = ("rate_limit", "burst")
    if interval and (burst not in document.lines or document.values.get(burst) == 0):
        document.report(burst, "lets no request through, allowed: 1 or more")
