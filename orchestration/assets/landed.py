"""Every table that the edges may hand over, by its key in the warehouse."""

from orchestration.assets.score_tables import ABOUT_MODELS, DESCRIPTIONS, scores_table
from orchestration.assets.taste_tables import TASTE
from orchestration.landing import ARRIVALS, QUARANTINE
from orchestration.sources import alerts, experiments, reactive
from orchestration.sources.approvals import APPROVALS
from orchestration.sources.catalogue import TABLES
from orchestration.sources.table import Table
from orchestration.sources.withheld import WITHHELD

LANDED: dict[tuple[str, str], Table] = {
    **{("raw", table.raw_name): table for table in (*TABLES, APPROVALS, *reactive.TABLES, WITHHELD, QUARANTINE, ARRIVALS)},
    **{("raw", f"{table.source}_{table.name}"): table for table in (*experiments.TABLES, alerts.INCIDENTS)},
    **{("scores", name): scores_table(name) for name in DESCRIPTIONS},
    **{("scores", name): table for name, table in ABOUT_MODELS.items()},
    **{("scores", name): table for name, table in TASTE.items()},
}
