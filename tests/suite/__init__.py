"""What the suite itself costs: a record of each test, a budget for each folder, and which tests a change touches."""
