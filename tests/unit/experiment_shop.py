"""A warehouse in which an experiment and the global control are declared and counted, and the run that judges them. Made up, no dbt."""

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import duckdb
from experiment_days import START, World
from shell_kit import Deployment

from experiments.trial import Tally
from orchestration.assets.proof import proof
from orchestration.judging import rules_of
from orchestration.sources.experiments import EFFECTS

WORLD = World({"ordered": (0.1, 0.13), "unsubscribed": (0.002, 0.002)}, rules=rules_of())
DECLARED = """
    create schema decisions; create schema proof;
    create table decisions.experiments (experiment varchar, kind varchar, campaign varchar, phase varchar, status varchar, arm varchar,
        is_control boolean, share double, from_bucket double, to_bucket double, metric varchar, outcome_days bigint, plan varchar,
        looks bigint, minimum_effect double, hypothesis varchar, varies varchar, guardrails varchar, owner varchar, starts_on date);
    insert into decisions.experiments
        select experiment, kind, split_part(experiment, ':', 1), 'test', 'running', arm, is_control, share, 0, 1, 'ordered', days,
            'obrien_fleming', 4, effect, 'Shorter is read.', 'content', 'unsubscribed', 'crm', null
        from (values
            ('cart:subject', 'variants', 'usual', true, 0.5, 7, 0.2), ('cart:subject', 'variants', 'short', false, 0.5, 7, 0.2),
            ('holdout', 'global', 'control', true, 0.05, 30, null), ('holdout', 'global', 'treated', false, 0.95, 30, null)
        ) as declared (experiment, kind, arm, is_control, share, days, effect);
    create table proof.arms (experiment varchar, phase varchar, segment_type varchar, segment varchar, arm varchar, is_control boolean,
        metric varchar, people_count bigint, assigned_count bigint, drawn_alone_count bigint, contaminated_count bigint,
        value_sum double, value_squares double,
        covariate_sum double, covariate_squares double, value_covariate double, first_assigned_at timestamp, last_assigned_at timestamp,
        days_open bigint);
"""


class Shop(Deployment):
    """A warehouse that has counted an experiment up to a day; `run` judges it as the daily run does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.landing.declare(EFFECTS)
        self.world.mkdir(parents=True)
        self.data.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(self.data / "warehouse.duckdb")) as connection:
            connection.execute(DECLARED)
            connection.execute(f"create view proof.effects as from {self.landing.scan(EFFECTS)}")

    def run(self, day: int, tallies: list[Tally] | None = None) -> Any:
        as_of = (START + timedelta(days=day)).replace(tzinfo=UTC)
        (self.world / "clock.json").write_text(json.dumps({"as_of": as_of.isoformat()}))
        with duckdb.connect(str(self.data / "warehouse.duckdb")) as connection:
            connection.execute("delete from proof.arms")
            for one in WORLD.counted(WORLD.trial, day, 200, 1) if tallies is None else tallies:
                row = {name: getattr(one, name) for name in Tally.__slots__}
                connection.execute(f"insert into proof.arms ({', '.join(row)}) values ({', '.join('?' * len(row))})", [*row.values()])
        result = self.materialize(proof)
        assert result.success
        return result
