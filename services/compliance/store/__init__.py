"""All SQL of compliance, one file per subject. No loop over statements: one statement serves a whole file."""
