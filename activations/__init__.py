"""The delivery: takes what the outbox and the audiences want, hands it to a provider once, and writes down what became of
every row.

Belongs here: what a destination is (`destination`, and one file a vendor in `destinations`), how rows become requests and
answers become outcomes (`transport`), how a message is delivered (`messages`), how an audience is kept equal to the one
wished for (`syncs`), and what is remembered (`ledger`). Does not belong here: who gets what and why (SQL decides), settings
from the environment and the time of day (both come in as arguments).
"""
