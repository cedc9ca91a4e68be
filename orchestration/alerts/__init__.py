"""Alerts in the shell: what is measured and what else is known is gathered, judged (package alerts), written down, and told.

Nothing here may make a run fail, and nothing it says holds personal data.
"""
