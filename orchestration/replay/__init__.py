"""The decisions of other days and other rules: a scratch copy of the warehouse, and the project's own SQL run on it at any instant.

Backtests, simulations and differences stand on it. The live warehouse is read, briefly; nothing but the copy is written.
"""
