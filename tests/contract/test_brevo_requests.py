"""Brevo: imports, lists, e-mail, SMS and events, held against what its documentation allows. One file: all are sessions with one server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from api_kit import Reply, Served, serving
from brevo_server import KEY, Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activations.destination import Request, Suppression, Work
from activations.destinations import Brevo
from activations.destinations.brevo import PACE
from activations.model import Accepted, Job, Message, Outcome, Refused, Rejected, Throttled, Unknown, Unreachable
from activations.transport.pacing import Window

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
COLUMNS = pa.schema([("profile_id", pa.string()), ("email", pa.string()), ("revenue_amount", pa.decimal128(18, 4)), ("is_vip", pa.bool_()),
                     ("next_order_on", pa.date32()), ("buy_again", pa.list_(pa.string())), ("email_blacklisted", pa.bool_())])  # fmt: skip


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def server(account: Account) -> Iterator[Served]:
    with serving(account.answer) as server:
        account.url = server.url
        yield server


def made(server: Served) -> Brevo:
    return Brevo(KEY, sender="Shop <shop@example.com>", sms_sender="MyShop", base_url=f"{server.url}/v3")


def person(number: int, **more: Any) -> dict[str, Any]:
    email = f"Ann{number}@example.com"
    return {"profile_id": f"p{number}", "email": email, "phone": None, "first_name": "Ann", "last_name": None, "row_hash": "x", **more}


def load(destination: Brevo, target: str, *people: dict[str, Any]) -> list[Outcome]:
    rows = [destination.encode(Work.UPSERT, one) for one in people]
    (job, *_) = outcomes = destination.send(Request(Work.UPSERT, rows, target))
    assert isinstance(job, Job) and outcomes == [job] * len(rows)
    while (answers := destination.poll(job.handle, rows)) is None:
        pass
    return answers


def test_contacts_are_imported_with_their_attributes_and_leave_a_list(account: Account, server: Served) -> None:
    account.lists = [{"id": number, "name": f"list {number}"} for number in range(1, 61)]
    account.folders = [{"id": 1, "name": "Other"}]
    destination = made(server)
    assert destination.find("champions") is None and len(account.lists) == 60, "who looks for a list makes none"
    target = destination.prepare("champions", COLUMNS)
    assert destination.find("champions") == target == "61" and account.lists[-1] == {"id": 61, "name": "champions", "folderId": 2}
    asked = len(server.asked)
    assert destination.prepare("champions", COLUMNS) == target
    assert {one.method for one in server.asked[asked:]} == {"GET"}, "what is there is not made again"
    values = {"revenue_amount": Decimal("99.50"), "is_vip": True, "next_order_on": date(2026, 7, 6), "buy_again": ["a", "b"]}
    values |= {"email_blacklisted": False}
    outcomes = load(destination, target, person(1, phone="+49 170 1234567", **values), person(2, email="bad@example.com"), person(3))
    assert outcomes == [Accepted(), Rejected("invalid_email", field="email"), Accepted()]
    assert account.contacts["ann1@example.com"] == {
        "FIRSTNAME": "Ann", "SMS": "+491701234567", "REGULARS_PROFILE_ID": "p1", "REGULARS_REVENUE_AMOUNT": 99.5, "REGULARS_IS_VIP": True,
        "REGULARS_NEXT_ORDER_ON": "2026-07-06", "REGULARS_BUY_AGAIN": "a;b", "REGULARS_EMAIL_BLACKLISTED": False,
    }  # fmt: skip
    found, _ = destination.members(target, None)
    assert [(one.profile_id, one.address, one.phone) for one in found] == [
        ("p1", "ann1@example.com", "+491701234567"),
        ("p3", "ann3@example.com", None),
    ]
    gone = [destination.encode(Work.REMOVE, one) for one in (person(1), person(9), person(8, email=None))]
    for _ in range(2):  # the second time nobody is there, which Brevo calls an error
        assert destination.send(Request(Work.REMOVE, gone, target)) == [Accepted()] * 3
    assert account.on[61] == {"ann3@example.com"}


@pytest.mark.parametrize(
    ("status", "expected"), [("failed", Refused("import_failed")), ("cancelled", Unknown("Brevo's import was cancelled"))]
)
def test_an_import_that_comes_to_nothing(account: Account, server: Served, status: str, expected: Outcome) -> None:
    account.processes = [{"id": 0, "looks": 0, "status": status}]
    assert made(server).poll("0", [b"{}"] * 2) == [expected] * 2


def message(number: int, **more: Any) -> Message:
    fields = {"message_id": f"m{number}", "campaign": "win_back", "profile_id": f"p{number}", "channel": "email", "destination": "brevo"}
    fields |= {
        "address": "ann@example.com",
        "message": "win_back",
        "purpose": "marketing",
        "subject": "Hi",
        "body": "Hi Änn",
        "first_name": "Änn",
    }
    return Message(**fields | {"occurred_at": NOW, "occasion": "1", "html_body": "<p>Hi</p>"} | more)  # type: ignore[arg-type]


def test_e_mail_and_sms_are_sent_and_found_again(account: Account, server: Served) -> None:
    destination = made(server)
    mail, sms = message(1), message(2, channel="sms", address="+491701234567", subject=None, html_body=None)
    rows = [destination.encode(Work.MESSAGE, one) for one in (mail, sms, message(3, address="nobody@example.com"))]
    outcomes = [destination.send(Request(Work.MESSAGE, [row]))[0] for row in rows]
    assert outcomes == [
        Accepted("<1@smtp-relay.mailin.fr>"),
        Accepted("2"),
        Rejected("invalid", "invalid_parameter: n***@example.com is not valid in to"),
    ]
    assert account.sent[0]["sender"] == {"email": "shop@example.com", "name": "Shop"}
    assert (account.sent[1]["recipient"], account.sent[1]["type"], account.sent[1]["unicodeEnabled"]) == ("491701234567", "marketing", True)
    assert destination.send(Request(Work.MESSAGE, rows[:1])) == [Accepted()], "Brevo says that it has done this already"
    assert len(account.sent) == 2
    assert [one.provider_ref for one in destination.look_up(mail, NOW)] == ["1"]
    assert [one.provider_ref for one in destination.look_up(sms, NOW)] == ["2"]
    assert destination.look_up(message(4), NOW) == []
    assert destination.look_up(mail, datetime(2026, 7, 1, tzinfo=UTC)) == []
    for wrong, code in [(message(5, address="x"), "invalid_email"), (message(6, channel="sms", address="call me"), "invalid_number")]:
        (outcome,) = destination.send(Request(Work.MESSAGE, [destination.encode(Work.MESSAGE, wrong)]))
        assert outcome == Rejected(code, field="address")


def test_events_are_told_with_values_that_brevo_takes(account: Account, server: Served) -> None:
    destination = made(server)
    happened = {
        "row_id": "r1",
        "event": "Order placed",
        "occurred_at": NOW,
        "value": 9.5,
        "count": 2,
        "none": None,
        "at": NOW,
        "tags": ["a", 1],
    }
    rows = [destination.encode(Work.APPEND, one | happened) for one in (person(1), person(2, email=None, phone="+491701234567"))]
    assert destination.send(Request(Work.APPEND, rows)) == [Accepted()] * 2
    assert [one["identifiers"] for one in account.events] == [{"email_id": "Ann1@example.com"}, {"phone_id": "+491701234567"}]
    assert account.events[0]["event_properties"] == {"value": "9.5", "count": 2, "at": "2026-06-30T09:00:00.000+00:00", "tags": ["a", "1"]}
    problem = {"errors": [{"eventIndex": [1], "message": "of ann@x.de"}], "status": "x", "total_events": 2}
    server.faults += [Reply(problem, 207), Reply(problem, 400)]
    assert destination.send(Request(Work.APPEND, rows)) == [Accepted(), Rejected("invalid", "of a***@x.de")]
    assert destination.send(Request(Work.APPEND, rows)) == [
        Refused("held_up", "by others of its request"),
        Rejected("invalid", "of a***@x.de"),
    ]


def test_suppressed_addresses_since_a_time(account: Account, server: Served) -> None:
    codes = ["hardBounce", "contactFlaggedAsSpam", "unsubscribedViaEmail", "adminBlocked"]
    account.blocked = [
        {"email": f"a{number}@x.de", "reason": {"code": codes[number % 4]}, "blockedAt": f"2026-06-{30 - number // 10:02}T09:00:00.000Z"}
        for number in range(120)
    ]
    destination = made(server)
    assert len(list(destination.suppressed(None))) == 120
    found = list(destination.suppressed(NOW))
    assert len(found) == 10 and found[0] == Suppression("a0@x.de", "email", "bounced", NOW)
    assert [one.reason for one in found[1:4]] == ["complained", "unsubscribed", "blocked"]


def test_who_left_campaigns_is_suppressed_though_brevo_would_still_send_to_them(account: Account, server: Served) -> None:
    """Campaigns and transactional messages have a list each (help.brevo.com/hc/en-us/articles/209458705)."""
    account.people = [
        {"email": f"a{number}@x.de", "emailBlacklisted": number % 500 == 0, "smsBlacklisted": number == 7,
         "attributes": {"SMS": f"4917{number:08}"}, "modifiedAt": f"2026-06-{1 + number % 30:02}T09:00:00.000Z"}
        for number in range(2_100)
    ]  # fmt: skip
    account.people.append({"email": None, "emailBlacklisted": True, "smsBlacklisted": True, "attributes": {}, "modifiedAt": "2026-06-30"})
    found = [(one.address, one.channel, one.reason) for one in made(server).suppressed(None)]
    assert found == [
        ("a0@x.de", "email", "unsubscribed"),
        ("+491700000007", "sms", "unsubscribed"),
        *((f"a{number}@x.de", "email", "unsubscribed") for number in (500, 1_000, 1_500, 2_000)),
    ]
    assert [one.address for one in made(server).suppressed(datetime(2026, 6, 11, tzinfo=UTC))] == ["a500@x.de", "a1000@x.de", "a2000@x.de"]


def test_who_was_read_a_minute_ago_is_not_read_again(account: Account, server: Served) -> None:
    at = "2026-06-30T09:00:00.000Z"
    account.people = [
        {"email": f"a{number}@x.de", "emailBlacklisted": number == 3, "attributes": {}, "modifiedAt": at} for number in range(2_500)
    ]
    destination = made(server)
    assert [one.address for one in destination.suppressed(None)] == ["a3@x.de"]
    for one in account.people:
        one["modifiedAt"] = "2026-06-01T09:00:00.000Z"
    account.people[7] |= {"emailBlacklisted": True, "modifiedAt": at}
    asked = len(server.asked)
    assert [one.address for one in destination.suppressed(None)] == ["a3@x.de", "a7@x.de"], "and still tells all"
    people = [one for one in server.asked[asked:] if one.path == "/v3/contacts"]
    assert [one.params["modifiedSince"] for one in people] == ["2026-06-30T08:50:00.000Z"]
    assert [one.address for one in destination.suppressed(NOW)] == ["a7@x.de"], "another question is asked anew"


def test_what_has_no_limit_of_its_own_is_asked_a_hundred_times_an_hour_at_most() -> None:
    """…/smtp/blockedContacts has a limit of its own, and so have the other addresses below /smtp (developers.brevo.com/docs/api-limits)."""
    assert PACE["blocked"] == (Window(1_000, 1.0),) and PACE["statistics"] == (Window(300, 3_600.0),)
    others = [window for name in ("processes", "sms statistics") for window in PACE[name] if isinstance(window, Window)]
    assert sum(window.requests * 3_600 / window.seconds for window in others) <= 100


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply({"code": "not_enough_credits", "message": "pay"}, 402), Unreachable("Brevo answered 402 (not_enough_credits): pay")),
        (Reply({"code": "invalid_parameter", "message": "of ann@x.de"}, 400), Refused("invalid", "invalid_parameter: of a***@x.de")),
        (Reply({"code": "too_many_requests"}, 429, {"x-sib-ratelimit-remaining": "0", "x-sib-ratelimit-reset": "12"}), Throttled(12.0)),
    ],
)
def test_what_an_answer_means_for_each_row(server: Served, reply: Reply, expected: Outcome) -> None:
    destination = made(server)
    server.faults.append(reply)
    assert (
        destination.send(Request(Work.UPSERT, [destination.encode(Work.UPSERT, person(number)) for number in (1, 2)], "1"))
        == [expected] * 2
    )
    assert KEY not in repr(vars(destination)) + repr(destination._http.session.auth)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.dates() | st.decimals() | st.lists(st.text())
)
NAMES = [
    "status",
    "subscribed",
    "emailBlacklisted",
    "smsBlacklisted",
    "EMAIL",
    "OPT_IN",
    "DOUBLE_OPT-IN",
    "consentGroupIds",
    "BLACKLIST",
    "SMS",
]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    columns=st.dictionaries(st.sampled_from(NAMES) | st.text(), VALUES | st.just("x" * 60_001), max_size=6),
    email=st.text() | st.just("a@b.de"),
)
def test_whatever_a_row_holds_nobody_is_let_in_again(columns: dict[str, Any], email: str) -> None:
    account = Account()
    with serving(account.answer) as server:
        account.url = server.url
        destination = made(server)
        ours = {name: value for name, value in columns.items() if name not in person(1)}
        target = destination.prepare("all", pa.schema([(name.encode("utf-8", "replace").decode(), pa.string()) for name in ours]))
        row = {**ours, **person(1, email=email, phone=email)}
        (outcome,) = destination.send(Request(Work.UPSERT, [destination.encode(Work.UPSERT, row)], target))
        assert isinstance(outcome, Job | Rejected)
        for contact in account.contacts.values():
            assert all(name in ("FIRSTNAME", "SMS") or name.startswith("REGULARS_") for name in contact)
        happened = row | {"event": "Seen", "row_id": "r1", "occurred_at": NOW}
        (outcome,) = destination.send(Request(Work.APPEND, [destination.encode(Work.APPEND, happened)]))
        assert isinstance(outcome, Accepted | Rejected)
        text = Message("m1", "c", "p1", "email", "brevo", email, "m", "marketing", email, email, email, NOW, "1")
        (outcome,) = destination.send(Request(Work.MESSAGE, [destination.encode(Work.MESSAGE, text)]))
        assert isinstance(outcome, Accepted | Rejected)
