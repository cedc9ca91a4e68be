"""What a message says: Liquid templates and what may stand in them, checked and written out.

Knows no warehouse and no provider: a campaign, a channel and a plain mapping of values go in, the parts of a message come out.
"""
