"""What of subsidy touches the outside: the folder in which files are exchanged with BPJS."""
