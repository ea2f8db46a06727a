"""The list of active phone sessions: typed models, decoding of pages, and whole snapshots. Knows no Prometheus."""
