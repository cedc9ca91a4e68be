"""Choose and fit what serves: the champion, or the challenger that beat it, or the fallback; or nothing, with the reason.

A model is made anew when another origin has closed, when it is declared otherwise, or on demand; in between the stored one answers.
One file: the way from a declaration to what serves is one way.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
import sklearn
from threadpoolctl import threadpool_limits

from ml import eligibility, gate, origins, versions
from ml.backtest import POOLED_ORIGINS, Progress, backtest
from ml.btyd import FitError
from ml.card import ModelCard
from ml.declaration import Declaration
from ml.eligibility import Shop
from ml.evidence import evidence
from ml.frames import plain
from ml.recipes import RECIPES, Task
from ml.registry import Registry, UntrustedModelError
from ml.served import NEEDED_FEATURES, Served

#: Raised when recipes or what they are fed mean something else: every model is then made anew.
GENERATION = 3


class Training:
    """One declaration, at one instant.

    origin_times: the origins of features.training_snapshots; read(origins): its rows of some of them (asked for only where something is
    to be fitted); now: naive UTC; most_rows: so many one fit learns from. The same input gives the same choice and the same fit.
    """

    def __init__(
        self,
        declared: Declaration,
        shop: Shop,
        origin_times: list[pd.Timestamp],
        read: Callable[[Sequence[pd.Timestamp]], pd.DataFrame],
        now: pd.Timestamp,
        registry: Registry,
        *,
        most_rows: int = origins.MOST_ROWS,
        seed: int = 0,
        progress: Progress = lambda _: None,
    ) -> None:
        self.declared, self.shop, self.read, self.now, self.registry = declared, shop, read, now, registry
        self.origin_times, self.most_rows, self.seed, self.progress = origin_times, most_rows, seed, progress
        self.task = Task(declared.kind, declared.horizon_days or shop.horizon_days or 0, declared.features)
        self.closed = origins.closed_origins(origin_times, self.task.horizon_days, now)

    def serve(self, *, anew: bool = False) -> Served:
        """Return what serves; `anew` fits even where the stored version is still the right one."""
        # many small products: threads wait for each other longer than they work (a third of the time of a fit)
        with threadpool_limits(limits=1, user_api="blas"):
            return self._served(anew)

    def _served(self, anew: bool) -> Served:
        objections = eligibility.objections(self.declared.eligibility, self.shop)
        if not self.closed:
            objections.append("no training snapshot is closed yet: its horizon has not passed")
        if objections:
            return Served(self.task, reason=f"not scored: {'; '.join(objections)}")
        key = self._key()
        try:
            crowned = self.registry.champion()
            if crowned and crowned.get("key") == key and not anew:
                return self._stored(str(crowned["model_version"]))
        except (UntrustedModelError, KeyError) as problem:
            return self._unstored(f"the fallback serves: {problem}")
        try:
            return self._trained(str((crowned or {}).get("recipe", gate.FALLBACK)), key)
        except FitError as problem:
            return Served(self.task, reason=f"not scored: {problem}")

    def _key(self) -> str:
        declared, task = self.declared, self.task
        return versions.key_of(
            generation=GENERATION,
            sklearn=sklearn.__version__,
            recipe=declared.recipe,
            kind=declared.kind,
            horizon=task.horizon_days,
            features=task.features,
            rule=declared.eligibility,
            most_rows=self.most_rows,
            learns=self.shop.buyers >= declared.eligibility.min_learning_buyers,
            origin=self.closed[-1],
        )

    def _stored(self, version: str) -> Served:
        state, card = self.registry.get(version), self.registry.card(version)
        return Served(self.task, card["recipe"], state["state"], state["fallback"], version, card)

    def _unstored(self, note: str) -> Served:
        """The fallback, fitted for this run alone and stored nowhere: what serves is not to be trusted, and stays for a person to see."""
        try:
            history = self._history(self.rows())
            state = RECIPES[gate.FALLBACK].fit(self.task, history.assign(outcome=float("nan")), history, self.seed)
        except FitError as problem:
            return Served(self.task, reason=f"not scored: {note}; {problem}", notes=(note,))
        card = self._card(gate.FALLBACK, history, note, (), ())
        version = versions.key_of(fallback=state)
        return Served(self.task, gate.FALLBACK, state, state, version, {**card.content(), "model_version": version}, notes=(note,))

    def _trained(self, champion: str, key: str) -> Served:
        rows = self.rows()
        days = self.task.horizon_days
        learned = origins.learned_from(origins.with_outcome(rows, self.task.kind, days), days, self.now, self.most_rows)
        positives = int((learned["outcome"] > 0).sum())
        notes = eligibility.doubts(self.declared.eligibility, self.shop, len(learned), positives)
        challenger = gate.FALLBACK if notes else self.declared.recipe
        champion = gate.FALLBACK if notes or champion not in RECIPES else champion
        recipes = (gate.FALLBACK, gate.ANCHOR, champion, challenger)
        found = backtest(self.task, rows, self.now, recipes, seed=self.seed, most_rows=self.most_rows, progress=self.progress)
        verdict = gate.judge(found, champion, challenger, self.seed)
        history = self._history(rows)
        fallback = RECIPES[gate.FALLBACK].fit(self.task, learned, history, self.seed)
        recipe, state, said = verdict.recipe, fallback, verdict.sentence
        if recipe != gate.FALLBACK:
            try:
                state = RECIPES[recipe].fit(self.task, learned, history, self.seed)
            except FitError as problem:
                recipe, said = gate.FALLBACK, f"{said}. The fallback serves: {recipe} cannot be fitted: {problem}"
        if notes:
            said = f"the fallback serves: {'; '.join(notes)}"
        card = self._card(recipe, learned, said, tuple(asdict(rule) for rule in verdict.rules), (*notes, *found.failures))
        # a fallback may come out alike of other rows: it is another version all the same
        version = self.registry.put({"state": state, "fallback": fallback, "data_version": card.data_version}, card.content())
        self.registry.crown(version, recipe, key)
        return Served(self.task, recipe, state, fallback, version, self.registry.card(version), evidence=evidence(found), notes=(said,))

    def rows(self, judged: int = POOLED_ORIGINS) -> pd.DataFrame:
        """The training snapshots as plain numbers, with the columns that this declaration needs, of the origins that a fit and a backtest
        over so many look at. Raises FrameError."""
        moments = origins.needed_origins(self.origin_times, self.task.horizon_days, self.now, judged)
        labels = origins.label_columns(self.task.kind)
        times = tuple(name for name in labels if name.endswith("_at"))
        wanted = dict.fromkeys((*self.task.features, *NEEDED_FEATURES, *(name for name in labels if name not in times)))
        return plain(self.read(moments), list(wanted), table="features.training_snapshots", needed_by=self.declared.name, times=times)

    def _history(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The latest people that there are, for what needs no outcome."""
        latest: pd.DataFrame = rows[rows["as_of"] == rows["as_of"].max()].reset_index(drop=True)
        return latest

    def _card(self, recipe: str, rows: pd.DataFrame, verdict: str, rules: tuple[dict[str, Any], ...], notes: tuple[str, ...]) -> ModelCard:
        times = sorted(origin.to_pydatetime() for origin in rows["as_of"].unique())
        return ModelCard(
            name=self.declared.name,
            kind=self.task.kind,
            recipe=recipe,
            horizon_days=self.task.horizon_days,
            features=self.task.features,
            data_version=versions.data_version(rows),
            sklearn_version=sklearn.__version__,
            seed=self.seed,
            trained_at=self.now.to_pydatetime(),
            trained_from=times[0] if times else None,
            trained_to=times[-1] if times else None,
            rows=len(rows),
            positives=int((rows["outcome"] > 0).sum()) if "outcome" in rows else 0,
            origins=tuple(times),
            verdict=verdict,
            rules=rules,
            notes=notes,
        )
