"""The inbound calls of this moment, by stage and by skill group, in one request. Knows no Prometheus."""
