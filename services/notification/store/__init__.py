"""All SQL of notification."""
