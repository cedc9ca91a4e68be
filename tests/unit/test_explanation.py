"""Why one person got what they got, in words; and a person's approval of what waits: on tables made by hand."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration.approvals import approve, held
from orchestration.explanation import explain
from orchestration.landing import Landing
from orchestration.sources.approvals import APPROVALS
from orchestration.warehouse import Warehouse

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
TABLES = """
create schema identity; create schema profiles; create schema decisions;
create table identity.profile_ids as
select * from (values ('p_now', 'p_now'), ('p_old', 'p_now'), ('p_two', 'p_two')) as t(profile_id, current_profile_id);
create table identity.identifiers as select * from (values
    ('shop_customer_id', '77', 'p_now'), ('crm_id', '9', 'p_now'), ('shop_customer_id', '9', 'p_two'),
    ('email', 'ann@example.com', 'p_now'), ('phone', '+491701234567', 'p_now'))
    as t(identifier_type, identifier_value, profile_id);
create table profiles.profiles as select 'p_now' as profile_id, 'ann@example.com' as email, '+491701234567' as phone,
    0.021 as holdout_bucket, true as has_open_complaint, 1 as open_tickets_count, true as is_email_reachable, false as is_sms_reachable;
create table profiles.consents as select 'p_now' as profile_id, 'sms' as channel, 'marketing' as purpose, false as is_granted;
create table profiles.suppressions as
select 'p_now' as profile_id, 'sms' as channel, 'unsubscribed' as reason, timestamp '2026-06-01 10:00' as since_at;
create table decisions.int_messages_counted as select 'p_now' as profile_id, 1 as sent_all_24h, 2 as sent_all_7d, 1 as sent_email_24h,
    2 as sent_email_7d, 0 as sent_sms_24h, 0 as sent_sms_7d;
create table decisions.fatigue as select 'p_now' as profile_id, 1.5 as cooldown_factor, 'the last 5 unanswered' as because;
create table decisions.explanations as select 'p_now' as profile_id, * from (values
    (timestamp '2026-06-29 09:00', 'handed over', 'accepted', 'cart_abandoned', 'email', null, null, null),
    (timestamp '2026-06-28 22:00', 'decided', 'quiet_hours', 'cart_abandoned', 'email',
        'since 2026-06-28 21:00; +491701234567, ann@example.com', 'r1', 'churn v3'),
    (timestamp '2026-06-29 09:00', 'decided', 'allowed', 'cart_abandoned', 'email', null, 'r1', 'churn v3'),
    (timestamp '2026-06-29 10:00', 'answered', 'opened', 'cart_abandoned', 'email', null, null, null))
    as t(happened_at, happening, outcome, campaign, channel, because, rule_version, model_versions);
create table decisions.assignments as select *, timestamp '2026-06-28 09:00' as assigned_at from (values
    ('cart_abandoned:subject', 'test', 'p_old', 'short', false), ('holdout:champions', 'test', 'p_now', 'control', true),
    ('holdout:welcome', 'test', 'p_now', 'treated', false)) as t(experiment, phase, profile_id, arm, is_control);
create table decisions.spikes as select 'sale' as campaign, 'message' as kind, 1001 as held_count, 'would send 1001 messages' as words,
    timestamp '2026-06-30 09:00' as decided_at;
"""


@pytest.fixture()
def warehouse(tmp_path: Path) -> Warehouse:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(TABLES)
    return Warehouse(data=str(tmp_path))


@pytest.mark.parametrize("name", ["p_now", "p_old", " Ann@Example.com", "+49 170 1234567", "77"])
def test_a_person_is_found_by_every_name_and_told_of_in_order_without_an_address(warehouse: Warehouse, name: str) -> None:
    lines = explain(warehouse, name)
    told = "\n".join(lines)
    assert "ann@example.com" not in told and "1234567" not in told and "a***@example.com" in told
    assert lines[0] == "p_now (before: p_old)"
    for fact in ("consent to marketing by sms: refused or withdrawn", "suppressed on sms since 2026-06-01 10:00: unsubscribed",
        "cap over all channels: 1 of 1 in 24 hours", "cap over all channels: 2 of 3 in 7 days",
        "cooldown: 72 hours (the last 5 unanswered)",
        "cart_abandoned:subject (test): short since 2026-06-28 09:00", "holdout:champions (test): control since 2026-06-28 09:00",
        "control group of the whole programme: yes, gets no marketing", "open tickets: 1, a complaint"):  # fmt: skip
        assert f"  {fact}" in lines, fact
    happenings = [line.split(": ", 1)[1] for line in lines if line.startswith("2026-")]
    assert happenings == ["quiet hours (since 2026-06-28 21:00; +49***67, a***@example.com)", "goes", "accepted", "opened"]
    assert "rules r1, models churn v3" in told


@pytest.mark.parametrize(("name", "words"), [("nobody@example.com", "nobody goes by that"), ("9", "2 people go by that: p_now, p_two")])
def test_a_name_of_nobody_or_of_several_is_said(warehouse: Warehouse, name: str, words: str) -> None:
    with pytest.raises(LookupError, match=words) as error:
        explain(warehouse, name)
    assert "nobody@" not in str(error.value)


def test_an_approval_is_for_what_waits_and_names_a_person(warehouse: Warehouse, tmp_path: Path) -> None:
    landing = Landing(tmp_path / "landing")
    assert held(warehouse)["campaign"].tolist() == ["sale"]
    for campaign, by in (("welcome", "Ann"), ("sale", " ")):
        with pytest.raises(ValueError, match=r"does not wait|names who gives it"):
            approve(warehouse, landing, campaign, by, NOW, 24)
    assert landing.files(APPROVALS) == []
    assert approve(warehouse, landing, "sale", "Ann", NOW, 24) == 1102, "a tenth more may have come by then"
    assert approve(warehouse, landing, "sale", "Bob", NOW, 2, up_to=900) == 900
    what = "campaign, approved_by, approved_count, epoch(expires_at - approved_at) / 3600 as hours"
    rows = duckdb.sql(f"select {what} from {landing.scan(APPROVALS)} order by 2").fetchall()
    assert rows == [("sale", "Ann", 1102, 24.0), ("sale", "Bob", 900, 2.0)]
