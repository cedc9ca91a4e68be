"""The estimates: scikit-learn on frames that dbt made.

Belongs here: what a model predicts, from what, how it is checked and how it is stored. Does not belong here: reading
tables, the clock, settings, the orchestrator. `ml/models/<name>.py` declares one model each;
`ml.training.Training` chooses what serves, `ml.scoring.score` scores a batch with it.
"""
