"""The schema of enrolment, step by step."""
