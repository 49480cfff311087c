"""What of the world outside enrolment knows: the keys that protect people, and the folder that it shares with BPJS."""
