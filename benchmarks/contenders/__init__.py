"""Those who read the list, each run in a process of its own so that its CPU time and its memory are its own."""
