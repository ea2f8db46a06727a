"""The API's other side: a simulated contact center behind a faithful endpoint, for the demo and for tests."""
