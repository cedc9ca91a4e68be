"""The messages as dbt writes them: one that cannot be written costs no other, and a bad template stops the build."""

import json
import shutil

import pytest
from warehouse_kit import PROJECT, Warehouse, moment

NOW = moment(2026, 6, 30, 9)
DECLARED = "campaign varchar, channel varchar, purpose varchar, columns varchar, reads varchar, variants varchar"
TOKENED = (
    "message_id varchar, campaign varchar, channel varchar, person_first_name varchar, person_last_name varchar, "
    "person_country_code varchar, person_orders_count bigint, product_id varchar, product_name varchar, product_category varchar, "
    "product_price decimal(18,4), product_currency varchar, event_tokens varchar, recommendations_buy_again varchar[], "
    "recommendations_new_for_you varchar[], others_at_address bigint, decided_at timestamp"
)
BUILT = ("int_messages_written", "messages_unwritten", "messages_audited")


def row(number, channel="email", *, price=4.5, name="Green Tea", others=0):
    tokens = json.dumps({"previous_price_amount": price, "price_amount": 3, "currency": "EUR"})
    told = tokens if price else "{}"
    product = ("tea", name, "Tea", 3, "EUR")
    return (f"m{number}", "price_dropped", channel, "Ann", "Ode", "DE", 3, *product, told, None, ["Cup"], others, NOW)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The project's layouts, and one message of a trigger."""
    made = tmp_path_factory.mktemp("messages")
    for name in ("layout.email.txt.liquid", "layout.email.html.liquid", "layout.sms.txt.liquid"):
        shutil.copy(PROJECT.parent / "messages" / name, made)
    (made / "price_dropped").mkdir()
    price = "{{ event.previous_price_amount | money: event.currency }}"
    for part in ("subject", "email.txt", "email.html", "sms.txt"):
        (made / "price_dropped" / f"{part}.liquid").write_text(f"{{{{ product.name }}}} was {price}")
    return made


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory, folder):
    made = Warehouse(tmp_path_factory.mktemp("written"), messages_folder=str(folder), shop_name="Tea & Co", shop_address="1 Way")
    columns = "profile_id,occurred_at,occasion,product_id,price_amount,previous_price_amount,currency"
    made.put("decisions.int_messages_declared", DECLARED, [("price_dropped", "best", "marketing", columns, "interests", None)])
    made.put(
        "decisions.int_messages_tokened",
        TOKENED,
        [
            *(row(number, others=number % 2) for number in range(4_500)),
            row("bad", price=None),
            row("sms", "sms"),
            row("<b>", name="<b>Tea"),
        ],
    )
    made.build(NOW, *BUILT)
    return made


def test_one_message_that_cannot_be_written_loses_no_other(warehouse):
    written = {row["message_id"]: row for row in warehouse.rows("from decisions.int_messages_written")}
    assert len(written) == 4_503 and [key for key, each in written.items() if each["body"] is None] == ["mbad"]
    (held,) = warehouse.rows("from decisions.messages_unwritten")
    assert (held["message_id"], held["campaign"], held["channel"]) == ("mbad", "price_dropped", "email")
    assert held["because"].startswith("messages/price_dropped/subject.liquid line 1: event.previous_price_amount is missing")
    assert "Ann" not in held["because"]
    one = written["m7"]
    assert one["subject"] == "Green Tea was €4.50" and one["unwritten_because"] is None
    assert "https://shop.example/unsubscribe?m=m7" in one["body"] and 'href="https://shop.example/unsubscribe?m=m7"' in one["html_body"]
    assert "Tea &amp; Co" in one["html_body"] and "Tea & Co" in one["body"] and "1 Way" in one["body"]
    assert "&lt;b&gt;Tea was" in written["m<b>"]["html_body"] and "m=m%3Cb%3E" in written["m<b>"]["body"]
    sms = written["msms"]
    assert (sms["subject"], sms["html_body"], sms["body"]) == (None, None, "Green Tea was €4.50 Reply STOP to opt out.")


def test_what_each_used_is_kept_beside_what_was_written_before(warehouse):
    audited = {row["message_id"]: row for row in warehouse.rows("from decisions.messages_audited")}
    assert len(audited) == 4_502 and "mbad" not in audited
    assert audited["m7"]["personal_data"] == ["browsing", "what happened"]
    assert len(audited["m7"]["warnings"]) == 2 and len(audited["m8"]["warnings"]) == 1, "m7 goes to an address of two people"
    warehouse.put("decisions.int_messages_tokened", TOKENED, [row(1), row("next")])
    warehouse.build(NOW, *BUILT)
    again = warehouse.frame("select message_id from decisions.messages_audited")["message_id"]
    assert len(again) == 4_503 and again.is_unique


@pytest.mark.parametrize(
    ("part", "text", "words"),
    [
        ("subject", "x\n{{ event.preis }}", "messages/price_dropped/subject.liquid, line 2: there is no token event.preis"),
        ("email.html", "{% if %}", "messages/price_dropped/email.html.liquid, line 1"),
    ],
)
def test_a_bad_template_stops_the_build_also_when_nothing_goes_out(warehouse, folder, part, text, words):
    warehouse.put("decisions.int_messages_tokened", TOKENED, [])
    file = folder / "price_dropped" / f"{part}.liquid"
    before = file.read_text()
    file.write_text(text)
    try:
        with pytest.raises(AssertionError) as stopped:
            warehouse.build(NOW, "int_messages_written")
    finally:
        file.write_text(before)
    assert words in str(stopped.value)
    warehouse.build(NOW, "int_messages_written")
    assert not warehouse.rows("from decisions.int_messages_written")
