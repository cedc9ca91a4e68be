"""Pictures for the UI, where one says more than rows: each takes a read-only connection or figures and returns Markdown. One file."""

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb

INK, PALE, STRONG = "#27313f", "#dbe4ee", "#1f6f8b"


def rfm_grid(connection: duckdb.DuckDBPyConnection) -> dg.MarkdownMetadataValue:
    """Customers by recency and frequency score, one square for each pair, darker where there are more."""
    rows = connection.sql("select r_score, f_score, count(*) from marts.rfm group by all").fetchall()
    grid = [[0] * 5 for _ in range(5)]
    for recency, frequency, customers in rows:
        grid[5 - int(frequency)][int(recency) - 1] = int(customers)
    figure, axes = _blank(5.2, 4)
    _squares(axes, grid, [[f"{value:,}" for value in row] for row in grid])
    axes.set(xticks=range(5), xticklabels=range(1, 6), yticks=range(5), yticklabels=range(5, 0, -1))
    axes.set(xlabel="recency score (5: bought lately)", ylabel="frequency score", title="Customers by recency and frequency")
    return _markdown(figure, "RFM grid")


def cohort_heat_map(connection: duckdb.DuckDBPyConnection) -> dg.MarkdownMetadataValue:
    """Share of each month's new customers who ordered again, by months since; months that are not over are left out."""
    rows = connection.sql(
        "select cohort_month, months_since, retention from marts.cohorts where cohort_type = 'all' and is_complete order by 1, 2"
    ).fetchall()
    months = sorted({row[0] for row in rows})
    width = max((int(row[1]) for row in rows), default=0) + 1
    grid: list[list[float | None]] = [[None] * width for _ in months]
    for month, since, retention in rows:
        grid[months.index(month)][int(since)] = float(retention)
    labels = [["" if value is None else f"{100 * value:.0f}" for value in row] for row in grid]
    inside = [[None if since == 0 else value for since, value in enumerate(row)] for row in grid]
    figure, axes = _blank(max(5.0, 0.45 * width + 1.5), max(3.0, 0.32 * len(months) + 1.2))
    _squares(axes, inside, labels)
    axes.set(xticks=range(width), yticks=range(len(months)), yticklabels=[f"{month:%Y-%m}" for month in months])
    axes.set(xlabel="months since the first order", title="Customers who ordered again, % of the cohort")
    return _markdown(figure, "cohort heat map")


def funnel_bars(connection: duckdb.DuckDBPyConnection) -> dg.MarkdownMetadataValue:
    """Sessions that reached each step from a product view to a purchase, over all days and devices."""
    steps = ("view", "cart", "checkout", "purchase")
    sums = ", ".join(f"sum({step}_sessions)" for step in steps)
    counts = [int(value or 0) for value in connection.sql(f"select {sums} from marts.funnels").fetchall()[0]]
    figure, axes = _blank(5.6, 2.6)
    axes.barh(range(len(steps)), counts, color=STRONG)
    for place, value in enumerate(counts):
        share = f" ({value / counts[0]:.0%})" if counts[0] else ""
        axes.text(value, place, f" {value:,}{share}", va="center", color=INK)
    axes.set(yticks=range(len(steps)), yticklabels=steps, xlim=(0, max([*counts, 1]) * 1.25), xticks=[])
    axes.set(title="Sessions by the furthest step")
    axes.invert_yaxis()
    return _markdown(figure, "funnel")


def outcomes_bars(connection: duckdb.DuckDBPyConnection) -> dg.MarkdownMetadataValue:
    """Candidates by what became of them: sent, or the rule that held them back."""
    rows = connection.sql(
        "select coalesce(reason, 'goes out'), count(*) from decisions.decisions where kind = 'message' group by 1 order by 2"
    ).fetchall()
    figure, axes = _blank(5.6, 0.35 * len(rows) + 1.2)
    axes.barh([row[0].replace("_", " ") for row in rows], [row[1] for row in rows], color=STRONG)
    for place, row in enumerate(rows):
        axes.text(row[1], place, f" {row[1]:,}", va="center", color=INK)
    axes.set(xticks=[], title="Messages asked for, and what became of them")
    axes.margins(x=0.15)
    return _markdown(figure, "decisions by outcome")


def bars(title: str, names: Sequence[str], values: Sequence[float]) -> dg.MarkdownMetadataValue:
    """One bar for each name, with its figure."""
    figure, axes = _blank(5.6, 0.3 * len(names) + 1.0)
    axes.barh(range(len(names)), values, color=STRONG)
    for place, value in enumerate(values):
        axes.text(value, place, f" {value:,.0f}", va="center", color=INK, fontsize=8)
    axes.set(yticks=range(len(names)), yticklabels=names, xticks=[], title=title)
    axes.margins(x=0.15)
    axes.invert_yaxis()
    return _markdown(figure, title)


def intervals(title: str, rows: Sequence[tuple[str, float, float, float]]) -> dg.MarkdownMetadataValue:
    """Relative effects, each (name, effect, low, high) with its interval; those that leave out zero are strong. Ends far out are cut."""
    figure, axes = _blank(7.2, 0.3 * len(rows) + 1.2)
    axes.axvline(0, color=PALE, linewidth=2, zorder=1)
    for place, (_, middle, low, high) in enumerate(rows):
        shade = STRONG if low > 0 or high < 0 else "#8f9bab"
        axes.plot([max(low, -1.0), min(high, 2.0)], [place, place], color=shade, zorder=2)
        axes.plot([max(-1.0, min(middle, 2.0))], [place], "o", color=shade, zorder=3)
    axes.set(yticks=range(len(rows)), yticklabels=[row[0] for row in rows], title=title)
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:+.0f} %" if value else "0")
    axes.invert_yaxis()
    return _markdown(figure, title)


def reliability(points: Sequence[tuple[float, float]]) -> dg.MarkdownMetadataValue:
    """Predicted against observed share, one point (predicted, observed) for each tenth of the customers."""
    figure, axes = _blank(4, 4)
    top = max([0.05, *(max(point) for point in points)]) * 1.1
    axes.plot([0, top], [0, top], color=PALE, linewidth=2, zorder=1)
    axes.plot([point[0] for point in points], [point[1] for point in points], "o-", color=STRONG, zorder=2)
    axes.set(xlim=(0, top), ylim=(0, top), xlabel="predicted", ylabel="observed", title="Reliability on the latest closed origin")
    return _markdown(figure, "reliability plot")


def lift_curve(captured: Mapping[str, Sequence[float]]) -> dg.MarkdownMetadataValue:
    """What share of all outcomes the best tenth, two tenths … of the customers hold, one line for each recipe."""
    figure, axes = _blank(4, 4)
    axes.plot([0, 1], [0, 1], color=PALE, linewidth=2, zorder=1)
    for place, (name, shares) in enumerate(sorted(captured.items())):
        shade = [STRONG, INK, "#b7791f", "#8f9bab"][place % 4]
        axes.plot([0, *((step + 1) / len(shares) for step in range(len(shares)))], [0, *shares], color=shade, label=name)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="customers, the best first", ylabel="share of what came", title="Lift over all origins")
    axes.legend(frameon=False, fontsize=8)
    return _markdown(figure, "lift curve")


PICTURES: dict[str, Callable[[duckdb.DuckDBPyConnection], dg.MarkdownMetadataValue]] = {
    "marts.rfm": rfm_grid,
    "marts.cohorts": cohort_heat_map,
    "marts.funnels": funnel_bars,
    "decisions.decisions": outcomes_bars,
}


def _blank(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # without pyplot: no window, no global state

    figure = Figure(figsize=(width, height), dpi=90, layout="constrained")
    axes = figure.subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _squares(axes: Any, grid: Sequence[Sequence[float | None]], labels: Sequence[Sequence[str]]) -> None:
    values = [[float("nan") if value is None else value for value in row] for row in grid]
    image = axes.imshow(values, cmap="YlGnBu", aspect="auto")
    middle = image.norm.vmin + 0.6 * (image.norm.vmax - image.norm.vmin) if image.norm.vmax is not None else 0
    for line, row in enumerate(labels):
        for place, label in enumerate(row):
            dark = values[line][place] > middle
            axes.text(place, line, label, ha="center", va="center", fontsize=8, color="white" if dark else INK)


def _markdown(figure: Any, words: str) -> dg.MarkdownMetadataValue:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return dg.MetadataValue.md(f"![{words}](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})")
