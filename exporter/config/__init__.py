"""The configuration: the file, typed and checked, with every fault in it told by its line."""
