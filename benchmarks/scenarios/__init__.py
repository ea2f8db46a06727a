"""Situations in which more than one exporter, account or scrape is at work; the exporter runs as its command there."""
