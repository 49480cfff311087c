"""XLSX workbooks that strangers send, read as a stream within fixed bounds."""
