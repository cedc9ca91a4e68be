"""Audiences to the providers' lists: the least that must be said."""
