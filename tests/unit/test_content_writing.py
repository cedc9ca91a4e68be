"""Messages written from templates: what a customer's data may do to them, and what keeps one from being written."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.made_up import made_up_values
from content.templates import load
from content.tokens import LONGEST_VALUE, Campaign
from content.writing import MissingWayOutError, UnwrittenError, write

CAMPAIGN = Campaign("back", "best", "marketing", ("profile_id", "product_id", "colour"))
PARTS = {
    "layout.email.txt.liquid": "{{ content }}\n\n{{ links.preferences }}\n{{ links.unsubscribe }}\n",
    "layout.email.html.liquid": "<title>{{ subject }}</title><p>{{ preheader }}</p>{{ content }}"
    '<a href="{{ links.preferences }}">p</a><a href="{{ links.unsubscribe }}">u</a>',
    "layout.sms.txt.liquid": "{{ content }}{% if message.purpose == 'marketing' %} Reply STOP to opt out.{% endif %}",
    "parts/button.html.liquid": '<a class="b" href="{{ url }}">{{ label }}</a>',
    "back/subject.liquid": "{{ person.first_name | default: 'Hello' }},\n  it is back \n",
    "back/email.txt.liquid": "Hi {{ person.first_name | default: 'there' }},\n\n\n\n{{ product.name }}   \n"
    "{% for name in recommendations.buy_again %}- {{ name }}\n{% endfor %}"
    "{% if event.colour == nil %}in all colours{% else %}in {{ event.colour }}{% endif %}",
    "back/email.html.liquid": "<p title=\"{{ product.name }}\">{{ person.first_name | default: 'you' | newline_to_br }}</p>"
    "<i>{{ product.name }}</i>{% render 'button', url: product.url, label: product.name %}",
    "back/sms.txt.liquid": "{{ product.name }} costs {{ product.price | money: product.currency }}: {{ product.url }}",
}


def folder(path: Path, **changes: str) -> Path:
    """The templates above, with those named otherwise (`back__subject` is back/subject.liquid)."""
    texts = PARTS | {name.replace("__", "/").replace("_", ".") + ".liquid": text for name, text in changes.items()}
    for name, text in texts.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    return load(folder(tmp_path_factory.mktemp("messages")))


def values(**changes):
    """Made-up values; `person={…}` and so on replace a whole object."""
    return made_up_values(CAMPAIGN) | changes


class Tags(HTMLParser):
    """The tags of a page and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def test_a_message_has_its_parts(templates):
    written = write(templates, CAMPAIGN, "email", values())
    assert written.subject == "Robin, it is back"
    assert written.body.startswith("Hi Robin,\n\nSample Coffee 250 g\n- Sample Coffee 250 g\n- Paper Filters\nin sample colour\n\nhttps://")
    assert "<p>Sample Coffee 250 g - Sample Coffee 250 g - Paper Filters in sample colour</p>" in written.html_body
    assert set(written.tokens) == {
        "person.first_name", "product.name", "product.url", "event.colour", "recommendations.buy_again", "links.preferences",
        "links.unsubscribe",
    }  # fmt: skip
    sms = write(templates, CAMPAIGN, "sms", values())
    expected = "Sample Coffee 250 g costs €12.50: https://shop.example/products/sample-1 Reply STOP to opt out."
    assert (sms.subject, sms.html_body, sms.body) == (None, None, expected)


def test_what_is_missing_takes_its_default_or_its_condition(templates):
    written = write(templates, CAMPAIGN, "email", values(person={"first_name": " \n"}, event={}, recommendations={}))
    assert written.subject == "Hello, it is back" and "Hi there,\n\nSample Coffee 250 g\nin all colours" in written.body
    assert "person.first_name" not in written.tokens and "event.colour" not in written.tokens


def test_what_is_missing_without_a_default_holds_the_message_and_says_where(templates):
    with pytest.raises(UnwrittenError, match=r"messages/back/email\.txt\.liquid line 5: product\.name is missing .*default: '…'"):
        write(templates, CAMPAIGN, "email", values(product={"url": "https://shop.example/p"}))


@pytest.mark.parametrize(
    "name", ["Ann\r\nBcc: all@example.com", "<b>Ann</b>", "win at www.evil.top", "{{ links.unsubscribe }}", "A" * 61, "x.com"]
)
def test_a_first_name_that_is_none_is_not_written(templates, name):
    written = write(templates, CAMPAIGN, "email", values(person={"first_name": name}))
    assert written.subject == "Hello, it is back" and "Hi there" in written.body


@pytest.mark.parametrize("name", ["O'Neil & Söhne", "J. Paul", "Нaталя", "Anne-Marie", "李"])
def test_names_of_all_kinds_are_names(templates, name):
    written = write(templates, CAMPAIGN, "email", values(person={"first_name": name}))
    assert written.subject == f"{name}, it is back" and name in "".join(Tags(written.html_body).texts)


@given(text=st.text(max_size=300))
def test_no_text_gets_out_of_its_place(templates, text):
    """Whatever a product is called: one line in the text, a text or an attribute in HTML, never a tag, a header or Liquid."""
    changed = values(product={"name": "x" + text, "url": "https://shop.example/p"}, person={"first_name": text})
    written = write(templates, CAMPAIGN, "email", changed)
    plain = Tags(write(templates, CAMPAIGN, "email", values()).html_body)
    assert [tag for tag, _ in Tags(written.html_body).tags] == [tag for tag, _ in plain.tags]
    assert len(written.subject.splitlines()) == 1 and written.subject == written.subject.strip()
    shown = written.body.split("\n\n")[1].splitlines()[0]
    assert Tags(written.html_body).tags[2][1]["title"].split() == shown.split() and len(shown) <= LONGEST_VALUE
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", written.body + written.subject)


def test_a_link_that_is_no_web_address_is_missing(templates):
    with pytest.raises(UnwrittenError, match=r"line 1: product\.url is missing"):
        write(templates, CAMPAIGN, "sms", values(product={"name": "x", "price": 1, "currency": "EUR", "url": "javascript:alert(1)"}))


@pytest.mark.parametrize("part", ["layout_email_txt", "layout_email_html"])
def test_marketing_without_a_way_out_is_not_written(tmp_path, part):
    without = load(folder(tmp_path, **{part: "{{ content }} {{ links.preferences }}"}))
    with pytest.raises(MissingWayOutError, match="links"):
        write(without, CAMPAIGN, "email", values())
    order = Campaign("back", "email", "transactional", CAMPAIGN.columns)
    assert write(without, order, "email", values()).body


def test_an_sms_says_how_to_opt_out_and_is_not_endless(tmp_path):
    without = load(folder(tmp_path / "a", layout_sms_txt="{{ content }}"))
    with pytest.raises(MissingWayOutError, match="STOP"):
        write(without, CAMPAIGN, "sms", values())
    endless = load(folder(tmp_path / "b", back__sms_txt="{{ product.name }} " + "x" * 1_600))
    with pytest.raises(UnwrittenError, match="1,600"):
        write(endless, CAMPAIGN, "sms", values())


def test_nothing_that_is_held_quotes_anybodys_data(tmp_path):
    wrong = load(folder(tmp_path, back__sms_txt="{{ event.colour | date: '%Y' }}{% if person.first_name > 3 %}x{% endif %}"))
    with pytest.raises(UnwrittenError) as held:
        write(wrong, CAMPAIGN, "sms", values(person={"first_name": "Secretname"}, event={"colour": "secretcolour"}))
    assert "ecret" not in str(held.value)
