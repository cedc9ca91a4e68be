"""The command `regulars experiments`: what it takes to see an effect, and whether the statistics keep what they promise."""

from __future__ import annotations

from collections.abc import Sequence

import click

from experiments import planner
from experiments.guarded import Guard
from experiments.plans import NAMES, Plan
from orchestration.environment import ROOT, data_folder, prepare

RETAIL = ROOT.parent / "shared" / "data" / "online_retail" / "online_retail_full.parquet"


@click.group("experiments")
def experiments() -> None:
    """Whether it helped: plan experiments, and try the statistics."""


@experiments.command("plan")
@click.argument("campaign", required=False)
@click.option("--base", type=float, help="Of the control: the share who do it (0.16), or with --sd the mean a person.")
@click.option("--sd", type=float, help="The standard deviation over all people, those without included: then the metric is a mean.")
@click.option(
    "--buyers", type=float, help="With --sd: the share of people who bring anything; without it few conversions are told roughly."
)
@click.option("--effect", type=float, default=0.1, show_default=True, help="The relative effect to be seen: 0.1 is 10 % more.")
@click.option("--shares", default="50,50", show_default=True, help="Of the arms, the control's first: 5,95 or 50,25,25.")
@click.option("--plan", "only", type=click.Choice(NAMES), help="This plan alone; all on offer by default.")
@click.option("--looks", type=click.IntRange(1, 28), default=4, show_default=True)
@click.option("--alpha", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.05, show_default=True)
@click.option("--power", "promised", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.8, show_default=True)
@click.option("--daily", type=float, help="Eligible people a day; of CAMPAIGN as in its last four weeks.")
@click.option("--days", "outcome_days", type=click.IntRange(1), default=30, show_default=True, help="How long an outcome is waited for.")
@click.option("--people", type=click.IntRange(1), help="Say also what this many people in all can show.")
@click.option("--metric", type=click.Choice(["ordered", "revenue"]), default="ordered", show_default=True, help="Of CAMPAIGN.")
@click.option(
    "--guardrail",
    "rates",
    type=click.FloatRange(0, 1, max_open=True),
    multiple=True,
    help="The share who unsubscribe or complain (0.004), which must be kept; repeat it. Of CAMPAIGN as counted so far; 0: none.",
)
def plan(
    campaign: str | None,
    base: float | None,
    sd: float | None,
    buyers: float | None,
    effect: float,
    shares: str,
    only: str | None,
    looks: int,
    alpha: float,
    promised: float,
    daily: float | None,
    outcome_days: int,
    people: int | None,
    metric: str,
    rates: tuple[float, ...],
) -> None:
    """How many people and days an experiment takes, for CAMPAIGN (as it ran so far) or for a --base."""
    if (campaign is None) == (base is None):
        raise click.UsageError("name a CAMPAIGN that has run, or give a --base")
    try:
        if campaign:
            from orchestration.experiment_people import guarded, reached

            prepare()
            known, per_day = reached(data_folder(), campaign, metric, outcome_days)
            guards = [] if rates else guarded(data_folder(), campaign)
            daily = per_day if daily is None else daily
            spread = "" if known.sd is None else f" ± {known.sd:,.2f}"
            click.echo(f"{campaign}: {metric} {known.base:.4g}{spread} a person in {outcome_days} days, {per_day:.1f} new people a day")
        else:
            known, guards = planner.Metric(base or 0.0, sd, buyers=buyers), []
        guards += [Guard("unsubscribed", rate) for rate in rates if rate]
        if guards:
            told_of = ", ".join(f"{rate:.2%}" for rate in rates) or ", ".join(f"{guard.metric} {guard.base:.2%}" for guard in guards)
            click.echo(f"guardrails that are to be kept as well, where nothing changes them: {told_of}")
        parts = {("control" if place == 0 else f"arm {place}"): float(share) for place, share in enumerate(shares.split(","))}
        for name in [only] if only else NAMES:
            for line in told(Plan(name, looks, alpha), known, effect, parts, promised, daily, outcome_days, people, guards):
                click.echo(line)
    except (LookupError, ValueError, FileNotFoundError) as error:
        raise click.ClickException(str(error).strip("'\"")) from None


def told(
    plan: Plan,
    metric: planner.Metric,
    effect: float,
    shares: dict[str, float],
    promised: float,
    daily: float | None,
    outcome_days: int,
    people: int | None,
    guards: Sequence[Guard] = (),
) -> list[str]:
    """What a plan takes, as lines."""
    found = planner.needed(metric, effect, shares, plan, promised=promised, guards=guards)
    each = ", ".join(f"{arm} {count:,}" for arm, count in found.people.items())
    rough = " (roughly: few conversions in the smallest arm; say --buyers)" if planner.is_rough(metric, min(found.people.values())) else ""
    looks = "" if plan.name in ("fixed", "always_valid") else f", {plan.looks} looks"
    lines = [f"{plan.name}{looks}: {found.total:,} people to see {effect:+.1%} with {promised:.0%}: {each}{rough}"]
    if plan.name != "fixed":
        lines.append(f"  ends on average after {found.expected_with_effect:.0%} of them if it is there")
    if daily is not None:
        whole, soon = (planner.days(found.total * part, daily, outcome_days) for part in (1.0, found.expected_with_effect))
        lines.append("  nobody comes: never" if whole is None else f"  {whole:,} days at the most, {soon:,} on average if it is there")
    if people:
        control, *others = shares.values()
        pair = (control, min(others))
        part = people * sum(pair) / sum(shares.values())
        least = planner.detectable(metric, part, pair, plan, arms=len(shares), promised=promised)
        lines.append(f"  {people:,} people show " + ("nothing that can be" if least is None else f"{least:+.1%} and more"))
    return lines


@experiments.command("simulate")
@click.option("--runs", type=click.IntRange(100), default=2000, show_default=True, help="Of each case, without and with an effect.")
@click.option("--seed", default=1, show_default=True)
@click.option("--warehouse", is_flag=True, help="Arms drawn over the warehouse's own customers, with their real orders: all A/A.")
def simulate(runs: int, seed: int, warehouse: bool) -> None:
    """False positives and power of every plan on offer, on made-up people and (where it is here) the customers of UCI Online Retail."""
    from orchestration.experiment_people import aa_lines, table

    if warehouse:
        prepare()
        try:
            lines = aa_lines(data_folder(), runs, seed)
        except (LookupError, FileNotFoundError) as error:
            raise click.ClickException(str(error).strip("'\"")) from None
    else:
        lines = table(RETAIL, runs, seed)
    for line in lines:
        click.echo(line)
