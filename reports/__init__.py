"""The report: frames in, one HTML page out, that needs nothing else to be read.

What belongs here: what is told, in which words, pictures and figures. What does not: where the frames are from (the shell reads them) and
what they mean (the marts say so). A section is one module of `sections`; its place is a line in `overview.py`.
"""
