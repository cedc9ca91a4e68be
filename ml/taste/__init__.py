"""When a customer comes again, at what hour, for what, and of what kind the customer is: numpy, scipy and scikit-learn on arrays.

Each module is one estimate with its own least data; what is not known is NaN, never a guess. `ml/models/<name>.py` declares the figures.
"""
