"""One module per model: its name, label, features, horizon and eligibility, and nothing else."""
