"""The rules of this house that no linter on the market knows, held by small checks over the source.

Run them with ``python -m tests.checks``; ``--list`` says what each one wants. Every rule is proved by a planted
violation (plants/), so that a rule that has stopped biting fails the tests.
"""
