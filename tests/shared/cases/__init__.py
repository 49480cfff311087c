"""What services share about cases."""
