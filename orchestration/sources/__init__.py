"""One module per system: which tables it has, what their columns mean, how to fetch them; and, in folders, how each kind of source is read.

Nothing here knows where the rows land, which run asked for them, or what time it is.
"""
