"""Talking to a provider: requests, waits, repeats, batches. Knows no ledger, no outbox and no audience."""
