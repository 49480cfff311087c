"""The public face of Payung: what is said on the topics, to whom, and in which shape."""
