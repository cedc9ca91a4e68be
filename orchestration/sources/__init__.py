"""One module per system: which tables it has, what their columns mean, how to fetch them.

Nothing here knows where the rows land, which run asked for them, or what time it is.
"""
