"""The schema of compliance, step by step."""
