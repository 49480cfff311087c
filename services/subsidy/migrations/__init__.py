"""The schema of subsidy, step by step."""
