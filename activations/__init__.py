"""The delivery: takes what the outbox wants sent, hands it to a provider once, and writes down what became of every
row.

Belongs here: what a destination is (`destination`), how rows become requests and answers become outcomes
(`conversation`), how a message is delivered (`engine`), how an audience is kept equal to the one wished for (`sync`),
and what is remembered (`ledger`, `acknowledged`). Does not belong here: who gets what and why (SQL decides), settings
from the environment and the time of day (both come in as arguments).
"""
