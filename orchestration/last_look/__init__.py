"""The last look before a batch is sent: what happened in the sources since they were landed, and to which messages it objects.

Nothing lands here and nothing is decided anew: rows that changed are read, go through the same rules and the same staging SQL as ever, and
are held against the batch. What is withheld stays for the next run.
"""

from orchestration.last_look.look import LastLook, tables_read

__all__ = ["LastLook", "tables_read"]
