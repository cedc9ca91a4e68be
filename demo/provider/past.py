"""What the provider did for the shop without us: newsletters, with what their readers did, put into its memory in bulk."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from demo.provider.reactions import SUPPRESSING
from demo.provider.schema import ENGAGEMENT_METRICS, marks, to_json
from demo.provider.state import ProviderState

if TYPE_CHECKING:
    from demo.shop.newsletters import Mailed


def remember(state: ProviderState, mailed: "Iterable[Mailed]") -> int:
    """Stores what happened to newsletters, in order of time; told twice, it is stored once. Returns how many events are new.

    Who unsubscribed, complained or bounced is suppressed from then on and gets no more of them, whichever message it was about.
    """
    rows = list(mailed)
    with state.transaction() as connection:
        connection.executemany(
            "insert or ignore into profiles (email, more, properties, created_us, updated_us) values (?, '{}', '{}', ?, ?)",
            ((row.address, row.at, row.at) for row in rows),
        )
        connection.executemany(
            "insert or ignore into suppressions values ('email', ?, ?, ?)",
            ((row.address, SUPPRESSING[row.status], row.at) for row in rows if row.status in SUPPRESSING),
        )
        addresses = tuple({row.address for row in rows})
        these = f"in ({marks(addresses)})"
        query = f"select address, at_us from suppressions where channel = 'email' and address {these}"
        ends = dict(connection.execute(query, addresses).fetchall())
        metrics = dict(connection.execute("select name, seq from metrics").fetchall())
        profiles = dict(connection.execute(f"select email, seq from profiles where email {these}", addresses).fetchall())
        before = connection.total_changes
        connection.executemany(
            "insert or ignore into events (profile_seq, metric_seq, unique_id, time_s, properties) values (?, ?, ?, ?, ?)",
            (
                (profiles[row.address], metrics[ENGAGEMENT_METRICS[row.status]], _unique_id(row), row.at // 1_000_000, _properties(row))
                for row in rows
                if row.at <= ends.get(row.address, row.at)
            ),
        )
        return connection.total_changes - before


def _unique_id(row: "Mailed") -> str:
    """A newsletter comes once to an address, however many of a family read it there; it may be opened more than once."""
    return f"newsletter-{row.issue}" + (f":{row.at}" if row.status in ("opened", "clicked") else "")


def _properties(row: "Mailed") -> str:
    properties: dict[str, object] = {
        "Campaign Name": row.campaign,
        "Subject": row.subject,
        "Recipient Email Address": row.address,
        "Email Domain": row.address.rpartition("@")[2],
    }
    if row.status in ("opened", "clicked"):
        properties["machine_open"] = row.is_machine
    if row.status == "bounced":
        properties["Bounce Type"] = "Hard"
    return to_json(properties)
