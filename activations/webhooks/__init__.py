"""What providers' webhooks say became of messages, in one vocabulary: one module per vendor, and the registry of them all. Whether they are
theirs: schemes.py and signatures*.py."""
