"""YAML files with typed values, and every problem in them by its line: what the configuration files have in common."""
