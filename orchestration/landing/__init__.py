"""The landing zone: what sources gave, as Parquet, written whole and renamed into place. Readers never see half a file.

`land_sql`, `land_rest`, `land_rows`, `land_ga4`, `land_collected`, `land_webhooks` and `land_logs` bring a table in; each says in a
`Landed` what came, what was refused and why.
What has been landed is the only state: the place to go on from is read off the files themselves.
"""

from orchestration.landing.arrivals import ARRIVALS, arrivals_frame, land_arrivals
from orchestration.landing.collected import land_collected
from orchestration.landing.frames import landed_frame, quarantine_frame, scores_frame, shift_frame
from orchestration.landing.ga4 import land_ga4
from orchestration.landing.logs import land_logs
from orchestration.landing.quarantine import QUARANTINE
from orchestration.landing.rest import land_rest
from orchestration.landing.result import Landed
from orchestration.landing.rows import land_rows, land_sql
from orchestration.landing.webhooks import land_webhooks, waiting_webhooks
from orchestration.landing.zone import Landing

__all__ = [
    "ARRIVALS",
    "QUARANTINE",
    "Landed",
    "Landing",
    "arrivals_frame",
    "land_arrivals",
    "land_collected",
    "land_ga4",
    "land_logs",
    "land_rest",
    "land_rows",
    "land_sql",
    "land_webhooks",
    "landed_frame",
    "quarantine_frame",
    "scores_frame",
    "shift_frame",
    "waiting_webhooks",
]
