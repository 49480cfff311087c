"""The embedded run: a real broker and a real database on one machine, with nothing installed by hand.

`payung up` and the tests use it. Production does not: compose and the cluster bring their own.
"""
