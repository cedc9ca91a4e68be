"""The collector: an HTTP server for events and for providers' webhooks, that answers 2xx only once what it was given is on disk.

What belongs here: receiving, checking, keeping. What does not: what the events mean, and where they land
(orchestration/sources/collector.py and orchestration/landing/collected.py).
"""
