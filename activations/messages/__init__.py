"""The outbox to the providers: each message once."""
