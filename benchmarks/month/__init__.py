"""`python -m benchmarks month`: a whole month through every service, beside raw and plain code."""
