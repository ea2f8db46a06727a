# The image of tccc-exporter: Python, the exporter, its dependencies. No shell, no package manager, nothing to write to.
#
#   docker build -t tccc-exporter .
#   docker run --rm -p 10820:10820 tccc-exporter --demo
#   docker run --rm -p 10820:10820 -v ./config.yaml:/etc/tccc-exporter/config.yaml:ro tccc-exporter
#
# It runs as 65534 (nobody), who must be able to read what is mounted. The file system may be read-only. The health check
# asks at port 10820: whoever listens elsewhere gives --health-cmd the same --web.listen-address, and whoever demands
# passwords gives the exporter --web.auth-exempt-health.
#
# Both base images are Debian 13 with Python 3.13, so what is installed in one runs in the other.

FROM python:3.13-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
WORKDIR /build
RUN python -m venv tools
COPY requirements requirements
RUN tools/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: --requirement requirements/build.txt && \
    tools/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: --requirement requirements/run.txt \
      --target /opt/tccc-exporter
COPY pyproject.toml README.md LICENSE ./
COPY docs/runbook.md docs/runbook.md
COPY grafana/dashboards grafana/dashboards
COPY prometheus/rules prometheus/rules
COPY exporter exporter
# Compiled here by pip, because the process may not write beside its code. Its programs would name this stage's Python.
RUN tools/bin/pip install --no-index --no-deps --no-build-isolation --target /opt/tccc-exporter . && \
    rm -r /opt/tccc-exporter/bin

FROM gcr.io/distroless/python3-debian13:nonroot@sha256:774595d652a294b54c9bd575b2d9fdd1a4b47547dc17b8bfa4c0e953c64855b3
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="tccc-exporter" \
      org.opencontainers.image.description="Prometheus exporter for Tencent Cloud Contact Center" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot"
COPY --from=build /opt/tccc-exporter /opt/tccc-exporter
# The working directory holds the configuration, and must bring in no module.
ENV PYTHONPATH=/opt/tccc-exporter PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /etc/tccc-exporter
USER 65534:65534
EXPOSE 10820
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD ["/usr/bin/python3", "-m", "exporter", "--healthcheck"]
ENTRYPOINT ["/usr/bin/python3", "-m", "exporter"]
