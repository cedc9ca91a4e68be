"""Experiments: what a difference between two groups of people is worth, and what follows from it.

What belongs here: plans, estimates with their intervals, and the rules of a verdict, on numbers and small frames. What does not: who is in
which group (the warehouse says so, in SQL) and what is done about a verdict (the next run's decisions).
"""
