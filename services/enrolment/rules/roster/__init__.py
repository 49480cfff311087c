"""A roster file as officers make it: told by its content, read in bounded pieces, judged row by row."""
