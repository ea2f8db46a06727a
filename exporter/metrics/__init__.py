"""From snapshots to metric families, and what is remembered between snapshots."""
