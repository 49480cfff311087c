"""A pretended BPJS Ketenagakerjaan branch: it answers lists, bills months and confirms payments over folders of files.

It stands outside the platform: it imports no service, no service imports it, and it can be told to misbehave.
"""
