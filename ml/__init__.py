"""The estimates: scikit-learn on frames that dbt made.

Belongs here: what a model predicts, from what, how it is checked and how it is stored. Does not belong here: reading
tables, the clock, settings, the orchestrator. `ml/models/<name>.py` declares one model each;
`ml.training.train_and_score` is the one way to run it.
"""
