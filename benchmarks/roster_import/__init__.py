"""`python -m benchmarks import`: a large roster from its upload to its result file, beside raw and plain code."""
