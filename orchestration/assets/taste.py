"""What each customer would like, and when: the date of the next order, the hour to write at, the kind of customer, two shelves."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import dagster as dg
import pandas as pd

from ml.models.next_order_date import next_order_date as dates_declared
from ml.models.personas import personas as kinds_declared
from ml.models.recommendations import recommendations as shelves_declared
from ml.models.send_hour import send_hour as hour_declared
from orchestration.assets import pictures
from orchestration.assets.samples import sample
from orchestration.assets.taste_tables import DESCRIPTIONS, TASTE, few_people, frames, land_batches, side_by_side, slices, whole_people
from orchestration.landing.zone import naive
from orchestration.resources import Clock, Folders
from orchestration.warehouse import Warehouse

#: Models learn from at most so many customers, the same ones from day to day; everybody is then estimated, in batches of so many rows.
LEARNED_FROM = 50_000
BATCH = 50_000
#: Scores of products are a row for each customer: so many at once.
CELLS = 10_000_000
LATEST = "(select max(as_of) from features.{0})"
CUSTOMERS = f"select profile_id, as_of from features.order_rhythms where as_of = {LATEST.format('order_rhythms')}"
SAMPLED = f"select profile_id from ({CUSTOMERS}) order by md5(profile_id) limit {LEARNED_FROM}"


def _asset(name: str, *inputs: str) -> Callable[[Any], dg.AssetsDefinition]:
    deps = [dg.AssetKey(["marts" if table == "interests" else "features", table]) for table in ("order_rhythms", *inputs)]
    return dg.asset(key=["scores", name], group_name="scores", description=DESCRIPTIONS[name], kinds={"python"}, deps=deps)


def _result(context: dg.AssetExecutionContext, name: str, rows: int, folders: Folders, **metadata: Any) -> dg.MaterializeResult:
    plain = {key: value for key, value in metadata.items() if value is not None}
    figures = ", ".join(f"{key} {value:.3f}" for key, value in plain.items() if isinstance(value, float))
    context.log.info(f"{name}: {rows:,} rows" + (f"; {figures}" if figures else ""))
    shown = sample(pd.DataFrame(folders.landing.sample(TASTE[name])))
    return dg.MaterializeResult(metadata={"dagster/row_count": rows, "sample": shown, **plain})


@_asset("next_order_date")
def next_order_date(context: dg.AssetExecutionContext, warehouse_reader: Warehouse, folders: Folders, clock: Clock) -> dg.MaterializeResult:
    """The pace of the shop from a sample, a date for everybody."""
    from ml.taste import next_orders

    rows_of = f"from features.order_rhythms where as_of {{}} {LATEST.format('order_rhythms')}"
    model = next_orders.train(dates_declared, warehouse_reader.read(f"{rows_of.format('=')} and profile_id in ({SAMPLED})"))
    figures = next_orders.backtest(dates_declared, warehouse_reader.read(rows_of.format("<")))
    with warehouse_reader.open() as connection:
        answers = (model.dates(batch) for batch in frames(connection, rows_of.format("="), BATCH))
        rows = land_batches("next_order_date", answers, folders, clock.as_of(context))
    return _result(context, "next_order_date", rows, folders, reason=model.reason, **figures)


@_asset("send_hour", "activity_hours")
def send_hour(context: dg.AssetExecutionContext, warehouse_reader: Warehouse, folders: Folders, clock: Clock) -> dg.MaterializeResult:
    """Everybody's hours, and those of each customer leaning on them."""
    from ml.taste import send_hours

    as_of = pd.Timestamp(naive(clock.as_of(context)))
    latest = LATEST.format("activity_hours")
    counted = ", ".join(f'coalesce(sum(activities_count) filter (local_hour = {hour}), 0) as "{hour}"' for hour in range(24))
    done = f"select profile_id, {counted} from features.activity_hours where as_of {{}} {latest} and {{}} group by profile_id"
    everybody = (
        f"select local_hour, bool_or(is_quiet), sum(activities_count) from features.activity_hours where as_of = {latest} group by 1"
    )
    with warehouse_reader.open() as connection:
        shop = connection.execute(everybody).fetchall()
        sampled = [_hours(connection.execute(done.format(sign, f"profile_id in ({SAMPLED})")).df()) for sign in ("<", "=")]
        histogram = [sum(float(count) for at, _, count in shop if at == hour) for hour in range(24)]
        model = send_hours.train(hour_declared, histogram, [at for at, is_quiet, _ in shop if is_quiet], as_of)
        everyone = f"select profile_id from ({CUSTOMERS}) union select profile_id from features.activity_hours where as_of = {latest}"
        query = f"from ({everyone}) as people left join ({done.format('=', '{here}')}) as done using (profile_id) where {{here}}"
        answers = (model.answers(_hours(batch), as_of) for batch in slices(connection, CUSTOMERS, query, BATCH))
        rows = land_batches("send_hour", answers, folders, clock.as_of(context))
    bands = send_hours.backtest(hour_declared, *sampled)
    losses = {f"log_loss_ratio of {band} activities": own / plain for band, _, own, plain in bands}
    picture = pictures.bars("Activities by local hour", [str(hour) for hour in range(24)], histogram)
    return _result(context, "send_hour", rows, folders, reason=model.reason, hours=picture, **losses)


def _hours(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={str(hour): hour for hour in range(24)}).fillna(dict.fromkeys(range(24), 0))


@_asset("personas", "customer_features", "interests")
def personas(context: dg.AssetExecutionContext, warehouse_reader: Warehouse, folders: Folders, clock: Clock) -> dg.MaterializeResult:
    """The kinds of the latest 30 days, which continue those before, and the nearest for everybody."""
    from ml.taste import kinds, kinds_kept
    from ml.taste.personas import FIGURES

    day = naive(clock.as_of(context)).date()
    tastes = "select profile_id, interest as taste from marts.interests where interest_type = 'category' and interest_rank = 1"
    figures = f"profile_id, as_of, {', '.join(FIGURES)}"
    customers = f"select {figures}, taste from features.customer_features left join ({tastes}) as tastes using (profile_id)"
    learned_from = warehouse_reader.read(f"select {figures} from features.customer_features where profile_id in ({SAMPLED})")
    kept = folders.data / "models" / "personas"
    model = kinds.train(kinds_declared, learned_from, day, kinds_kept.latest(kept, day))
    if model.kinds:
        kinds_kept.save(model.kinds, kept)
    sizes: Counter[str] = Counter()
    with warehouse_reader.open() as connection:
        answers = _counted((model.answers(batch) for batch in frames(connection, customers, BATCH)), "persona", sizes)
        rows = land_batches("personas", answers, folders, clock.as_of(context))
    picture = pictures.bars("Customers by persona", list(sizes), list(sizes.values()))
    agreement = model.kinds.agreement if model.kinds else None
    return _result(context, "personas", rows, folders, reason=model.reason, agreement=agreement, sizes=picture)


@_asset("recommendations", "item_purchases", "products_on_offer")
def recommendations(context: dg.AssetExecutionContext, warehouse_reader: Warehouse, folders: Folders, clock: Clock) -> dg.MaterializeResult:
    """What goes with what from a sample of customers, two shelves for everybody."""
    from ml.taste import shelves, shelves_judged

    as_of = pd.Timestamp(naive(clock.as_of(context)))
    bought = f"from features.item_purchases where as_of {{}} {LATEST.format('item_purchases')}"
    sampled = warehouse_reader.read(f"{bought.format('=')} and profile_id in ({SAMPLED})")
    before = warehouse_reader.read(bought.format("<"))
    on_offer = warehouse_reader.read("select product_id from features.products_on_offer where is_on_offer")
    model = shelves.train(shelves_declared, sampled, pd.Index(on_offer["product_id"]), as_of)
    then = before["as_of"].max()
    later = warehouse_reader.read(f"{bought.format('=')} and last_bought_at >= ?", [then.to_pydatetime()]) if len(before) else before
    figures = shelves_judged.backtest(shelves_declared, before, later, then) if len(before) else {}
    purchases = f"""
        select customers.profile_id, bought.product_id, bought.weight,
            coalesce(bought.is_just_bought or bought.last_returned_at is not null, false) or not coalesce(is_on_offer, false) as is_blocked
        from ({CUSTOMERS}) as customers
        left join features.item_purchases as bought using (profile_id, as_of)
        left join features.products_on_offer using (product_id)
        where {{here}} order by profile_id"""
    shown: Counter[str] = Counter()
    with warehouse_reader.open() as connection:
        people = few_people(whole_people(slices(connection, CUSTOMERS, purchases, BATCH)), max(1, CELLS // max(1, len(model.products))))
        answers = _counted(side_by_side(lambda batch: model.answers(batch, as_of), people), "shelf", shown)
        rows = land_batches("recommendations", answers, folders, clock.as_of(context))
    picture = pictures.bars("Products on the shelves", list(shown), list(shown.values()))
    return _result(context, "recommendations", rows, folders, shelves=picture, **figures)


def _counted(batches: Iterable[pd.DataFrame], column: str, counts: Counter[str]) -> Iterator[pd.DataFrame]:
    """The same frames; `counts` grows by the rows of each value that have no reason for being empty."""
    for batch in batches:
        counts.update(batch.loc[batch["reason"].isna(), column].astype(object))
        yield batch


ASSETS = [next_order_date, send_hour, personas, recommendations]
