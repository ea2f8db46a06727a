"""The configuration: the file, typed and checked, with every problem in it told by its line."""
