"""Compiled loops of the siting models (选址内核), over flat arrays; each module its own family."""
