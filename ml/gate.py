"""The promotion gate: whether a challenger takes the champion's place, and whether the champion may keep it.

Every rule is a figure against a limit, and the verdict names those that spoke against.
"""

from dataclasses import dataclass

import numpy as np

from ml import metrics
from ml.backtest import POOLED_ORIGINS, Backtest
from ml.bootstrap import mean_interval

FALLBACK = "fallback"
#: What each prediction is held against: never more than 2 % worse than this.
ANCHOR = "bg_nbd"
LEAST_AUC_CHANGE = -0.002
MOST_EXCESS_ECE = 0.02
RIGHT_SIZE = (0.8, 1.25)
MOST_ANCHOR_RATIO = 1.02


@dataclass(frozen=True)
class Rule:
    """One rule and how it came out: `value` against the limit that `sentence` tells."""

    name: str
    value: float
    passed: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """Which recipe serves from now on, and why."""

    recipe: str
    sentence: str
    rules: tuple[Rule, ...]


def judge(found: Backtest, champion: str, challenger: str, seed: int = 0) -> Verdict:
    """Let the champion and the challenger meet over all origins of the backtest.

    The challenger serves if it is better beyond chance and sound; else the champion, if it is sound; else the fallback.
    """
    if challenger != champion:
        rules = [*_better(found, champion, challenger, seed), *_sound(found, challenger)]
        if all(rule.passed for rule in rules):
            return Verdict(challenger, f"{challenger} takes the place of {champion}: {rules[1].sentence}", tuple(rules))
        against = "; ".join(rule.sentence for rule in rules if not rule.passed)
        lost = f"{challenger} does not take the place of {champion}: {against}"
    else:
        rules, lost = [], ""
    own = [] if champion == FALLBACK else _sound(found, champion)
    if all(rule.passed for rule in own):
        return Verdict(champion, lost or f"{champion} stays: nothing speaks against it", (*rules, *own))
    why = "; ".join(rule.sentence for rule in own if not rule.passed)
    return Verdict(FALLBACK, f"{lost}{'. ' if lost else ''}The fallback serves instead of {champion}: {why}", (*rules, *own))


def _losses(found: Backtest, recipe: str) -> metrics.Floats:
    """Per row: log-loss of a probability, squared error of a count or an amount (absolute errors reward predicting nothing)."""
    outcome, said = found.rows["outcome"].to_numpy(dtype=np.float64), found.rows[recipe].to_numpy(dtype=np.float64)
    return metrics.log_losses(outcome, said) if found.task.kind == "purchase" else (outcome - said) ** 2


def _better(found: Backtest, champion: str, challenger: str, seed: int) -> list[Rule]:
    count = len(found.origins) if found.has(challenger) and found.has(champion) else 0
    rules = [Rule("origins", count, count >= POOLED_ORIGINS, f"{count} origins can be judged, {POOLED_ORIGINS} are needed")]
    if not count:
        return [*rules, Rule("better", float("nan"), passed=False, sentence="there is nothing to compare" + _failed(found))]
    before, after = _losses(found, champion), _losses(found, challenger)
    low, _ = mean_interval(before - after, found.rows["profile_id"], seed=seed)
    what = "log-loss" if found.task.kind == "purchase" else "squared error"
    said = f"{what} {after.mean():.4g} against {before.mean():.4g} (better by at least {low:.2g} with 95 % confidence)"
    rules.append(Rule("better", low, low > 0, said))
    if found.task.kind == "purchase":
        outcome = found.rows["outcome"].to_numpy()
        change = metrics.auc(outcome, found.rows[challenger].to_numpy()) - metrics.auc(outcome, found.rows[champion].to_numpy())
        rules.append(
            Rule("auc", change, change >= LEAST_AUC_CHANGE, f"AUC changes by {change:+.4f}, at least {LEAST_AUC_CHANGE} is needed")
        )
    return rules


def _sound(found: Backtest, recipe: str) -> list[Rule]:
    if not found.has(recipe):
        return [Rule("fits", float("nan"), passed=False, sentence=f"{recipe} cannot be fitted{_failed(found)}")]
    outcome, said = found.rows["outcome"].to_numpy(), found.rows[recipe].to_numpy()
    latest = (found.rows["as_of"] == found.origins[-1]).to_numpy()
    size = metrics.observed_over_expected(outcome[latest], said[latest])
    low, high = RIGHT_SIZE
    rules = [
        Rule("size", size, low <= size <= high, f"observed/expected is {size:.2f} at the latest origin, {low} to {high} is needed"),
    ]
    if found.task.kind == "purchase":
        excess = metrics.ece(outcome, said) - metrics.null_ece(said)
        sentence = f"the calibration error beyond chance is {excess:.3f}, at most {MOST_EXCESS_ECE} is allowed"
        rules.append(Rule("excess_ece", excess, excess <= MOST_EXCESS_ECE, sentence))
    if found.has(ANCHOR):
        ratio = float(_losses(found, recipe).mean() / _losses(found, ANCHOR).mean())
        ratio = ratio if found.task.kind == "purchase" else float(np.sqrt(ratio))
        sentence = f"its error is {ratio:.3f} of that of BG/NBD, at most {MOST_ANCHOR_RATIO} is allowed"
        rules.append(Rule("anchor", ratio, ratio <= MOST_ANCHOR_RATIO, sentence))
    return rules


def _failed(found: Backtest) -> str:
    return f" ({'; '.join(found.failures)})" if found.failures else ""
