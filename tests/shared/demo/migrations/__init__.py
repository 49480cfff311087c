"""The schema of the stamp book, step by step."""
