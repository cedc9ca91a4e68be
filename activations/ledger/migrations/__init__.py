"""How the ledger's tables came to be what they are, step by step: `versions/NNNN_what.py`, each revises the one before.

A step that is on somebody's database is never changed; the next change is the next number. Steps run by themselves when
a ledger is opened (`activations.ledger.opening`), in one transaction, so that a crash leaves the older tables.
"""
