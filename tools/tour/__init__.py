"""`make tour`: one worker from the list to the message, and at each step which file did it and what is where.

It runs the real thing in a home of its own that is gone afterwards; the data of `make up` are not touched. Every file
it names is asked of the running code, so no name here can grow old.
"""
