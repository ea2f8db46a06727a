"""A soak test: an exporter scraped for minutes while everything around it fails and changes. `make soak` runs it."""
