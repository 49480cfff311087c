"""The main job, driven from outside over the services' HTTP APIs, as offices would: a list goes in, a month is paid.

It knows addresses and people, no service's inside, so it runs the same on a laptop, in compose and in a cluster.
"""
