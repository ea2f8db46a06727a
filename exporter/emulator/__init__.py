"""The API's other side: a simulated contact centre behind a faithful endpoint, for the demo and for tests."""
