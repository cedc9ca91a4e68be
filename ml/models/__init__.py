"""One module per model: its name, kind, features, horizon and eligibility, and nothing else."""
