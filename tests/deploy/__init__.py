"""What stands in deploy/, .github/ and the Dockerfile, before the tools that it is for. Run by .ci/run alone."""
