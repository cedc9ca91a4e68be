"""Which personal data messages use, and what a preview of one shows."""

import pytest
from test_content_writing import CAMPAIGN, Tags, folder, values

from content.audit import markdown, of_message, uses
from content.preview import page, sms_size
from content.templates import load
from content.tokens import Campaign


def campaign(*reads: str, name: str = "back") -> Campaign:
    return Campaign(name, "best", "marketing", CAMPAIGN.columns, reads)


@pytest.fixture
def templates(tmp_path):
    return load(folder(tmp_path))


def warned(campaign: Campaign, *tokens: str) -> list[str]:
    return [use.warning for use in uses(campaign, tokens) if use.warning]


def test_a_product_is_what_the_trigger_knows_it_from():
    kinds = {reads: uses(campaign(reads), ["product.name"])[0].data for reads in ("product_views", "order_items", "carts", "profiles")}
    assert kinds == {"product_views": "browsing", "order_items": "orders", "carts": "basket", "profiles": "a product"}
    assert "what they looked at" in warned(campaign("interests", "orders"), "product.name")[0]
    assert not warned(campaign("carts", "product_views"), "product.name"), "whoever fills a basket expects it to be remembered"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("event.birth_date", "date of birth"), ("event.churn_probability", "computed"), ("event.p_purchase_score", "computed"),
        ("event.ticket_subject", "customer service"), ("event.account_name", "another person"), ("event.partner_name", "another person"),
        ("event.pages_viewed", "looked at"), ("event.revenue_amount", "how much they spent"), ("event.email", "contact data"),
    ],
)  # fmt: skip
def test_what_a_customer_would_not_expect_is_warned_of(token, words):
    (warning,) = warned(campaign("profiles"), token)
    assert words in warning


def test_what_everybody_expects_is_not():
    expected = ["person.first_name", "person.orders_count", "recommendations.buy_again", "event.items_count", "event.order_id", "shop.name"]
    assert not warned(campaign("orders", "predictions"), *expected)
    assert uses(campaign(), ["shop.name", "links.unsubscribe", "message.purpose"]) == []


def test_one_persons_data_at_another_persons_address_is_warned_of(templates):
    bought = campaign("order_items")
    assert of_message(templates, bought, "email", ["product.name", "person.first_name"], 0) == (["name", "orders"], [])
    kinds, warnings = of_message(templates, bought, "email", ["product.name", "person.first_name"], 2)
    assert kinds == ["name", "orders"] and warnings == ["goes to an address that others read too, and speaks of: orders"]
    assert of_message(templates, bought, "email", ["person.first_name"], 2) == (["name"], []), "a name alone tells nothing"


def test_words_that_no_token_wrote_are_read_too(tmp_path):
    said = load(folder(tmp_path, back__sms_txt="We saw you looking. You have recently viewed something.", birthday__sms_txt="Hooray"))
    kinds, (warning,) = of_message(said, campaign(), "sms", [], 0)
    assert kinds == ["browsing"] and "looked at" in warning
    assert of_message(said, campaign(), "email", [], 0) == ([], [])
    assert of_message(said, campaign(name="birthday"), "sms", [], 0)[0] == ["date of birth"]


def test_the_audit_lists_every_message_and_each_warning_once(templates):
    text = markdown(templates, [campaign("product_views")], {("back", "sms"): 1200})
    assert "| back | email | 0 | browsing: `product.name`, `product.url`; name: `person.first_name`; " in text
    assert "| back | sms | 1,200 | browsing: `product.currency`, `product.name`, `product.price`, `product.url` |" in text
    assert text.count("**back**") == 1
    assert "nothing found" in markdown(templates, [campaign("orders")], {})


def test_a_preview_shows_all_parts_and_runs_nothing(templates):
    name = "<script>alert(1)</script>"
    shown = page(
        templates, CAMPAIGN, values(person={"first_name": "Ann"}, product={"name": name, "url": "https://s.example/p"}), "a test person"
    )
    tags = Tags(shown).tags
    frames = [attributes for tag, attributes in tags if tag == "iframe"]
    assert len(frames) == 2 and all(frame["sandbox"] == "allow-popups" and "Ann" in frame["srcdoc"] for frame in frames)
    assert "script" not in {tag for tag, _ in tags} and "script" not in {tag for tag, _ in Tags(frames[0]["srcdoc"]).tags}
    assert "written to a test person" in shown and "Hi Ann," in shown and "Tokens: event.colour" in shown
    assert "It cannot be written to this person and would be held: messages/back/sms.txt.liquid line 1: product.price" in shown


def test_an_sms_is_counted_in_parts():
    assert sms_size("a" * 160) == "160 characters, 1 part" and sms_size("a" * 161) == "161 characters, 2 parts"
    assert sms_size("ü" * 306) == "306 characters, 2 parts"
    assert sms_size("Привіт" * 12).startswith("72 characters, 2 parts; a character beyond")
