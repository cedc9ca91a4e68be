"""An incident opens once, lasts, ends once; what follows from another is not one; and each gets its likely cause."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts.causes import REMEDIES, Evidence, cause_of
from alerts.incidents import FORGOTTEN, Finding, Incident, follows, moved_on
from alerts.words import severity

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def finding(
    step: str = "clicked", dimension: str = "campaign", name: str = "cart", direction: str = "drop", cause: str = "link"
) -> Finding:
    return Finding(step, dimension, name, direction, "error", cause, "words", value=0.0, usual=0.2)


def test_opened_once_open_while_it_lasts_closed_once() -> None:
    (opened,) = moved_on([], [finding()], set(), set(), NOW)
    assert opened.opened_at == NOW and opened.closed_at is None
    (again,) = moved_on([opened], [finding()], set(), set(), NOW + HOUR)
    assert (again.alert_id, again.opened_at, again.seen_at) == (opened.alert_id, NOW, NOW + HOUR)
    (lasting,) = moved_on([again], [], {opened.finding.key}, {opened.finding.key}, NOW + 2 * HOUR)
    assert lasting.closed_at is None, "half way back is not over"
    (closed,) = moved_on([lasting], [], set(), {opened.finding.key}, NOW + 3 * HOUR)
    assert closed.closed_at == NOW + 3 * HOUR and closed.alert_id == opened.alert_id
    assert moved_on([closed], [], set(), {opened.finding.key}, NOW + 4 * HOUR) == []
    (another,) = moved_on([closed], [finding()], set(), set(), NOW + 5 * HOUR)
    assert another.alert_id != opened.alert_id


def test_what_cannot_be_judged_stays_open_and_is_forgotten_in_the_end() -> None:
    one = Incident.opened(finding(), NOW)
    assert moved_on([one], [], set(), set(), NOW + FORGOTTEN - HOUR) == []
    (closed,) = moved_on([one], [], set(), set(), NOW + FORGOTTEN)
    assert closed.closed_at == NOW + FORGOTTEN


def test_a_run_that_is_repeated_opens_the_same_incident() -> None:
    assert Incident.opened(finding(), NOW).alert_id == Incident.opened(finding(), NOW).alert_id
    assert Incident.opened(finding(), NOW).alert_id != Incident.opened(finding(name="welcome"), NOW).alert_id


@pytest.mark.parametrize(
    ("what", "other", "is_so"),
    [
        (finding("sent", "all", "all"), finding("requested", "campaign", "cart"), True),
        (finding("sent", "all", "all", "spike"), finding("requested", "campaign", "cart"), False),
        (finding("decided", "rule", "awaiting_approval", "spike"), finding("requested", "campaign", "cart", "spike"), True),
        (finding("sent", "all", "all"), finding("sent", "destination", "klaviyo", cause="provider"), True),
        (finding("delivered", "all", "all"), finding("sent", "destination", "klaviyo", cause="provider"), True),
        (finding("opened", "campaign", "cart"), finding("delivered", "all", "all"), True),
        (finding("clicked", "campaign", "cart"), finding("opened", "campaign", "welcome"), False),
        (finding("clicked"), finding("requested", "all", "all"), False),
        (finding("unsubscribed", direction="spike"), finding("requested", direction="spike"), False),
    ],
)
def test_what_follows_from_a_step_before_is_no_incident_of_its_own(what: Finding, other: Finding, is_so: bool) -> None:
    assert follows(what, other) is is_so
    opened = moved_on([], [what, other], set(), set(), NOW)
    assert {one.finding.step for one in opened} == ({other.step} if is_so else {what.step, other.step})
    # and what has begun already is not ended by what explains it
    (before,) = moved_on([], [what], set(), set(), NOW)
    assert before.alert_id in {one.alert_id for one in moved_on([before], [what, other], set(), set(), NOW + HOUR) if one.closed_at is None}


LATE = {"shop_orders": "shop_orders is late: the newest row is 40 h old"}
RULES = {"cart": "the rules of cart are others since 2026-06-29"}


@pytest.mark.parametrize(
    ("about", "known", "cause"),
    [
        (("requested", "campaign", "cart", "drop"), Evidence(late=LATE), "freshness"),
        (("requested", "campaign", "cart", "drop"), Evidence(late=LATE, rules=RULES), "rule_change"),
        (("requested", "campaign", "welcome", "drop"), Evidence(rules=RULES), "source"),
        (("requested", "all", "all", "drop"), Evidence(late=LATE, gates=("gate",)), "gate"),
        (("requested", "campaign", "cart", "spike"), Evidence(), "source"),
        (("requested", "campaign", "cart", "spike"), Evidence(waiting={"cart": "waits"}), "held_for_approval"),
        (("requested", "campaign", "cart", "spike"), Evidence(waiting={"cart": "waits"}, rules=RULES), "rule_change"),
        (("decided", "rule", "no_consent", "spike"), Evidence(), "rule"),
        (("decided", "rule", "no_consent", "spike"), Evidence(rules=RULES), "rule_change"),
        (("sent", "destination", "klaviyo", "drop"), Evidence(providers={"klaviyo": "503"}, late=LATE), "provider"),
        (("sent", "destination", "twilio", "drop"), Evidence(providers={"klaviyo": "503"}), "unknown"),
        (("delivered", "destination", "klaviyo", "drop"), Evidence(), "provider"),
        (("delivered", "destination", "klaviyo", "drop"), Evidence(silent={"klaviyo": "told of nothing"}), "tracking"),
        (("opened", "all", "all", "drop"), Evidence(silent={"klaviyo": "told of nothing"}), "tracking"),
        (("opened", "campaign", "cart", "drop"), Evidence(), "content"),
        (("clicked", "campaign", "cart", "drop"), Evidence(rules=RULES), "link"),
        (("converted", "all", "all", "drop"), Evidence(late=LATE), "freshness"),
        (("converted", "all", "all", "drop"), Evidence(late={"crm_contacts": "late"}), "content"),
        (("unsubscribed", "campaign", "cart", "spike"), Evidence(rules=RULES), "rule_change"),
    ],
)
def test_the_likeliest_cause_by_what_else_is_known(about: tuple[str, str, str, str], known: Evidence, cause: str) -> None:
    found, evidence = cause_of(*about, known)
    assert found == cause and found in REMEDIES
    assert evidence or cause == "unknown"


def test_for_the_better_is_information_and_half_is_an_error() -> None:
    assert [severity(0.2, 0.1, False), severity(0.09, 0.1, True), severity(0.04, 0.1, True), severity(3, 1, True)] == [
        "info",
        "warn",
        "error",
        "error",
    ]
