"""The independent services of Payung. No service imports another."""
