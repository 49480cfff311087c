"""What enrolment does on commands, on events and in jobs."""
