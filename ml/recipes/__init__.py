"""How estimates are made: recipes that are fitted on rows of several origins, and answer for any row.

Belongs here: what is fitted, the arithmetic from features to columns, what a prediction is made of. Does not belong here:
which model uses which recipe, whether it may serve, how it is checked and stored.

A fitted state is a dict of numbers, texts, lists, dicts of those, and scikit-learn's own objects: it can be stored without
any code of ours in it. Everything that is fitted is in the state; arithmetic that is not is in `design`.
"""

from ml.recipes.average import Average
from ml.recipes.buy_till_you_die import BuyTillYouDie
from ml.recipes.linear import Linear
from ml.recipes.task import Recipe, State, Task

#: "bg_nbd" serves nobody: it is what the others are compared with.
RECIPES: dict[str, Recipe] = {
    "fallback": BuyTillYouDie("mbg_nbd"),
    "bg_nbd": BuyTillYouDie("bg_nbd"),
    "logistic": Linear(),
    "mean2": Average(),
}

__all__ = ["RECIPES", "Recipe", "State", "Task"]
