FROM python:3.12-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY exporter exporter
COPY docs/runbook.md docs/runbook.md
RUN python -m venv /opt/tccc-exporter && /opt/tccc-exporter/bin/pip install --no-cache-dir --no-compile .

FROM python:3.12-slim
COPY --from=build /opt/tccc-exporter /opt/tccc-exporter
# Compiled once here, because the process may not write beside its code.
RUN python -m compileall -q /opt/tccc-exporter/lib && mkdir /etc/tccc-exporter
WORKDIR /etc/tccc-exporter
USER 65534:65534
EXPOSE 10820
ENTRYPOINT ["/opt/tccc-exporter/bin/tccc-exporter"]
