"""A world as the tables that the models of the decisions read: a table for each kind of row, and views under the parents' names.

One file, a little long: tables, views and rows are read side by side.
"""

import duckdb
import pyarrow as pa
from decisions_world import World

TEXT, TIME, FLAG, COUNT, SHARE = pa.string(), pa.timestamp("us"), pa.bool_(), pa.int64(), pa.float64()
SCHEMAS = {
    "ids": {"profile_id": TEXT, "current_profile_id": TEXT},
    "people": {
        "profile_id": TEXT,
        "email": TEXT,
        "phone": TEXT,
        "time_zone": TEXT,
        "preferred_channel": TEXT,
        "holdout_bucket": SHARE,
        "send_hour": COUNT,
        "is_email_suppressed": FLAG,
        "is_sms_suppressed": FLAG,
        "has_open_complaint": FLAG,
        "open_tickets_count": COUNT,
    },
    "consents": {"profile_id": TEXT, "channel": TEXT, "purpose": TEXT, "is_granted": FLAG},
    "engagement": {"profile_id": TEXT, "channel": TEXT, "clicked_90d": COUNT, "sent_90d": COUNT},
    "orders": {"profile_id": TEXT, "ordered_at": TIME, "is_paid": FLAG, "refunded_at": TIME},
    "deliveries": {
        "message_id": TEXT,
        "profile_id": TEXT,
        "campaign": TEXT,
        "channel": TEXT,
        "status": TEXT,
        "claimed_at": TIME,
        "finished_at": TIME,
        "has_bounced": FLAG,
    },
    "products": {"product_id": TEXT, "stock_quantity": COUNT},
    "doubted": {"model": TEXT},
    "tired": {"profile_id": TEXT, "cooldown_factor": pa.float64()},
    "rooms": {"campaign": TEXT, "room_count": COUNT},
    "holdouts": {"campaign": TEXT, "pct": SHARE},
    "overdue": {"campaign": TEXT},
    "arms": {
        "experiment": TEXT,
        "kind": TEXT,
        "campaign": TEXT,
        "varies": TEXT,
        "phase": TEXT,
        "status": TEXT,
        "arm": TEXT,
        "place": COUNT,
        "share": SHARE,
        "content": TEXT,
        "channel": TEXT,
        "send_hour": COUNT,
    },
    "requests": {
        "campaign": TEXT,
        "profile_id": TEXT,
        "channel": TEXT,
        "purpose": TEXT,
        "is_urgent": FLAG,
        "is_void_after_order": FLAG,
        "is_void_after_return": FLAG,
        "is_void_while_ticket": FLAG,
        "occurred_at": TIME,
        "occasion": TEXT,
        "product_id": TEXT,
    },
}
VIEWS = [
    "create view identity.profile_ids as from made.ids",
    "create view profiles.profiles as select *, 'Ann' as first_name, cast(null as varchar) as last_name, 'DE' as country_code, "
    "1 as orders_count, 9.0 as revenue_amount from made.people",
    "create view profiles.golden_records as select profile_id, preferred_channel from made.people",
    "create view profiles.consents as select *, cast(null as timestamp) as stated_at from made.consents",
    "create view profiles.profile_orders as from made.orders",
    "create view marts.customer_engagement as from made.engagement",
    "create view staging.stg_feedback__deliveries as select * exclude (has_bounced) from made.deliveries",
    "create view staging.stg_feedback__engagements as select message_id, channel, 'bounced' as status, claimed_at as occurred_at "
    "from made.deliveries where has_bounced",
    "create view staging.stg_all__products as from made.products",
    "create view profiles.suppressions as select profile_id, unnest(['email', 'sms']) as channel, 'bounced' as reason, "
    "cast(null as timestamp) as since_at from made.people",
    # how tired somebody is and how much a campaign may send have tests of their own
    "create view decisions.fatigue as select *, 'silence' as because from made.tired",
    "create view decisions.campaign_limits as from made.rooms",
    "create view decisions.spikes as select '' as campaign, '' as kind limit 0",
    "create view staging.stg_experiments__verdicts as select '' as experiment, '' as phase, '' as decision, '' as winner, "
    "'' as next_phase, cast(null as varchar) as retired, cast(null as timestamp) as decided_at limit 0",
    # no warm worker decides beside these runs
    "create table staging.stg_reactive__assignments (experiment varchar, phase varchar, profile_id varchar, arm varchar, "
    "is_control boolean, bucket double, assigned_at timestamp, campaign varchar, channel varchar, message_id varchar, ids_count bigint)",
    "create table staging.stg_reactive__decisions (message_id varchar, kind varchar, campaign varchar, profile_id varchar, "
    "occasion varchar, channel varchar, outcome varchar, decided_at timestamp, because varchar, "
    "rule_version varchar, experiment varchar, variant varchar)",
    "create view scores.predictions as select profile_id, send_hour from made.people",
    "create view scores.served_versions as select model, 'v1' as model_version, cast(null as timestamp) as scored_at from made.doubted",
    "create view scores.drift as select model, true as is_alarmed from made.doubted",
]


#: What no file of a campaign says here: who reviews it, its own control group, and what is tried on its people.
AFTERWARDS = {
    "campaigns": [
        "update decisions.campaigns as c set off_on = date '2000-01-01' from made.overdue as o where c.campaign = o.campaign",
        "update decisions.campaigns as c set holdout_pct = o.pct from made.holdouts as o where c.campaign = o.campaign",
    ],
    "experiments": [
        "delete from decisions.experiments where kind = 'variants'",
        "update decisions.experiments as e set to_bucket = o.pct / 100, status = case when o.pct > 0 then 'running' else 'stopped' end "
        "from made.holdouts as o where e.kind = 'campaign' and e.campaign = o.campaign and e.is_control",
        "update decisions.experiments as e set from_bucket = o.pct / 100, status = case when o.pct > 0 then 'running' else 'stopped' end "
        "from made.holdouts as o where e.kind = 'campaign' and e.campaign = o.campaign and not e.is_control",
        "insert into decisions.experiments by name select * exclude (place), place = 0 as is_control, "
        "coalesce(round(sum(share) over earlier, 12), 0) as from_bucket, "
        "round(coalesce(sum(share) over earlier, 0) + share, 12) as to_bucket "
        "from made.arms window earlier as (partition by experiment order by place rows between unbounded preceding and 1 preceding)",
    ],
}


def campaign_view(stage: str, name: str, described: list[str]) -> str:
    """The trigger or audience as a view over the requests. described: its columns; those that nobody here knows are empty."""
    unknown = [column for column in described if column not in (*SCHEMAS["requests"], "message")]
    routing = [column for column in SCHEMAS["requests"] if stage == "triggers" or column not in ("occurred_at", "occasion", "product_id")]
    message = f"'{name}'" if stage == "triggers" else "cast(null as varchar)"
    columns = [*routing, f"{message} as message", *(f"cast(null as varchar) as {column}" for column in unknown)]
    return f"create view {stage}.{name} as select {', '.join(columns)} from made.requests where campaign = '{name}'"


def insert(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Fills the tables below the views anew."""
    people = world.people
    rows: dict[str, list[tuple[object, ...]]] = {
        "ids": [(key, person.profile_id) for person in people for key in person.ids],
        "people": [
            (
                *(p.profile_id, p.email, p.phone, p.zone, p.stated, p.bucket / 100, p.send_hour),
                *("email" in p.suppressed, "sms" in p.suppressed, p.complains, p.tickets),
            )
            for p in people
        ],
        "consents": [(person.profile_id, *place, granted) for person in people for place, granted in person.consents.items()],
        "engagement": [(person.profile_id, channel, *counts) for person in people for channel, counts in person.clicks.items()],
        "orders": [(person.profile_id, *parts) for person in people for parts in person.orders],
        "deliveries": [
            (d.message_id, d.profile_id, d.campaign, d.channel, d.status, d.claimed_at, d.finished_at, d.has_bounced)
            for d in world.deliveries.values()
        ],
        "products": list(world.stock.items()),
        "doubted": [(model,) for model in sorted(world.doubted)],
        "tired": [(person.profile_id, person.tired) for person in people if person.tired > 1],
        "rooms": list(world.rooms.items()),
        "holdouts": list(world.holdouts.items()),
        "overdue": [(campaign,) for campaign in sorted(world.overdue)],
        "arms": [
            (
                *(one.name, "variants", one.campaign, one.varies, one.phase, {"test": "running", "watch": "watching"}[one.phase]),
                *(arm.name, place, arm.share, arm.content, arm.channel, arm.send_hour),
            )
            for one in world.experiments.values()
            for place, arm in enumerate(one.arms)
        ],
        "requests": [
            (
                *(r.campaign, r.person.profile_id, r.channel, r.purpose, r.is_urgent),
                *(what in r.voided_by for what in ("order", "return", "ticket")),
                *(r.occurred_at, r.occasion, r.product_id),
            )
            for r in world.requests
        ],
    }
    for name, schema in SCHEMAS.items():
        columns = list(zip(*rows[name], strict=True)) or [()] * len(schema)
        arrays = [pa.array(column, type_) for column, type_ in zip(columns, schema.values(), strict=True)]
        connection.register("arrow_rows", pa.table(dict(zip(schema, arrays, strict=True))))
        connection.execute(f"create or replace table made.{name} as from arrow_rows")
