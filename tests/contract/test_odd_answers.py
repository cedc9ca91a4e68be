"""Whatever a provider answers, as long as it is JSON: each row gets an outcome, each read an answer or a sentence, and no value is told."""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import brevo_server
import customer_io_server
import hubspot_crm_server
import pyarrow as pa
import pytest
import sendgrid_server
from api_kit import Asked, Reply, serving
from delivery_kit import message

from activations.destination import Polls, ReadsMembers, ReadsSuppressions, Request, Work
from activations.destinations import Brevo, CustomerIo, HubSpot, SendGrid, Webhook
from activations.model import Job, Unknown
from activations.transport.answers import BadAddressError
from activations.transport.http import NoAnswer

NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)
COLUMNS = pa.schema([("profile_id", pa.string()), ("email", pa.string()), ("orders_count", pa.int64())])
Answer = Callable[[Asked], Reply]
Made = tuple[Answer, Callable[[str], Any]]


def customer_io() -> Made:
    there = customer_io_server.Workspace(people={"q": {"email": "u@example.com", "unsubscribed": True}})
    there.suppressions["bounces"] = [{"email": "a@example.com", "created": int(NOW.timestamp())}]
    keys = {"app_key": customer_io_server.APP_KEY}
    return there.answer, lambda url: CustomerIo(customer_io_server.SITE, customer_io_server.KEY, track_url=url, app_url=url, **keys)


def hubspot() -> Made:
    there = hubspot_crm_server.Portal()
    there.definitions = [{"name": "win_back", "fullyQualifiedName": "pe1_win_back", "properties": [{"name": "message_id"}]}]
    return there.answer, lambda url: HubSpot(hubspot_crm_server.TOKEN, base_url=url)


def brevo() -> Made:
    there = brevo_server.Account()

    def made(url: str) -> Brevo:
        there.url = url
        return Brevo(brevo_server.KEY, sender="shop@example.com", sms_sender="Shop", base_url=f"{url}/v3")

    return there.answer, made


def sendgrid() -> Made:
    there = sendgrid_server.Account(bad={"ann2@example.com"})
    there.suppressions = {"unsubscribes": [{"email": "a@example.com", "created": int(NOW.timestamp())}]}

    def made(url: str) -> SendGrid:
        there.host = url
        return SendGrid(sendgrid_server.KEY, sender="Shop <shop@example.com>", base_url=url)

    return there.answer, made


def places(body: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values of a document; of a list the first alone."""
    yield above
    below = body.items() if isinstance(body, dict) else enumerate(body[:1]) if isinstance(body, list) else ()
    for name, value in below:
        yield from places(value, (*above, name))


def odd(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = copy.deepcopy(body)
    within = changed
    for name in place[:-1]:
        within = within[name]
    within[place[-1]] = value
    return changed


def asked(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except NoAnswer as nothing:
        assert "example.com" not in str(nothing)
        return None


def everything(destination: Any) -> None:
    """All that is ever asked of a provider."""
    target = asked(lambda: destination.prepare("champions", COLUMNS)) or "1"
    people = [
        {"profile_id": f"p{number}", "email": f"ann{number}@example.com", "phone": None, "orders_count": 3, "provider_ref": None}
        for number in (1, 2)
    ]
    happened = [{**person, "row_id": person["profile_id"], "event": "win_back", "occurred_at": NOW} for person in people]
    rows: dict[Work, list[Any]] = {Work.UPSERT: people, Work.REMOVE: people, Work.APPEND: happened, Work.MESSAGE: [message(1)]}
    for work in destination.abilities:
        encoded = [destination.encode(work, row) for row in rows[work]]
        outcomes = destination.send(Request(work, encoded, target))
        assert len(outcomes) == len(encoded)
        for job in {outcome.handle for outcome in outcomes if isinstance(outcome, Job)} if isinstance(destination, Polls) else ():
            told = asked(lambda job=job, encoded=encoded: destination.poll(job, encoded))
            assert told is None or len(told) == len(encoded)
    if isinstance(destination, ReadsMembers):
        asked(lambda: destination.find("champions"))
        asked(lambda: destination.members(target, None))
    if isinstance(destination, ReadsSuppressions):
        asked(lambda: list(destination.suppressed(None)))


@pytest.mark.parametrize("vendor", [customer_io, hubspot, brevo, sendgrid])
def test_an_answer_in_another_shape_is_a_sentence(vendor: Callable[[], Made]) -> None:
    heard: list[Reply] = []
    answer, make = vendor()
    with serving(lambda request: heard.append(answer(request)) or heard[-1]) as server:  # type: ignore[func-returns-value]
        everything(make(server.url))
    heard = copy.deepcopy(heard)
    values = cycle(["x", None, 7, [None], {"a": None}, [], {}])
    for turn, reply in enumerate(heard):
        for place in places(reply.body) if not isinstance(reply.body, bytes) else ():
            answer, make = vendor()
            so_far = iter(range(10_000))
            value = next(values)

            def changed(request: Asked) -> Reply:
                said = answer(request)  # noqa: B023 - used within its turn
                try:
                    return Reply(odd(said.body, place, value), said.status) if next(so_far) == turn else said  # noqa: B023
                except (LookupError, TypeError):
                    return said

            with serving(changed) as server:
                everything(make(server.url))


def test_what_is_no_address_is_told_as_that() -> None:
    destination = HubSpot("token", base_url="nothing at all")
    with pytest.raises(BadAddressError, match="is not the address of an API"):
        destination.find("champions")


def test_where_the_reading_failed_is_told_and_not_what_was_read() -> None:
    with serving(lambda _: Reply({"lists": [{"ann@example.com": 1}]})) as server:
        destination = Brevo("key", sender="shop@example.com", base_url=server.url)
        with pytest.raises(NoAnswer) as failure:
            destination.find("champions")
    assert isinstance(failure.value.outcome, Unknown)
    assert str(failure.value).startswith("brevo answered otherwise than its API says (KeyError, brevo_reads.py:")
    with serving(lambda _: Reply({"errors": {"id": 1}})) as server:
        hook = Webhook(server.url, "x" * 32, clock=lambda: NOW)
        assert len(hook.send(Request(Work.MESSAGE, [hook.encode(Work.MESSAGE, message(1))]))) == 1
