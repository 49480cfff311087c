"""One rule per file; tests/checks/registry.py lists them."""
