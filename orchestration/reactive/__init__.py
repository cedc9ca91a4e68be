"""The reactive path between two runs of Dagster: what the people concerned get at an instant, worked out by the project's own SQL."""
