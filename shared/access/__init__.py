"""Who may see and do what, and lists page by page, without a word about HTTP: handlers and stores build on it.

Import from the modules: rules need the plain errors only, and `areas` and `paging` bring SQL with them.
"""
