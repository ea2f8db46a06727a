"""The Grafana dashboards, written in Python; `python -m grafana.generate` writes them to `dashboards/*.json`."""
