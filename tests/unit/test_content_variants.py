"""Messages in several versions: which template each part comes from, what is missing or strange, and what an offer must not leave open."""

from dataclasses import replace

import pytest
from test_content_writing import CAMPAIGN, folder

from content.checks import check
from content.made_up import made_up_values
from content.templates import load
from content.tokens import variants_of
from content.writing import write

SHORT = replace(CAMPAIGN, variants=variants_of({"usual": {"share": 50}, "short": {"share": 50, "content": "short", "parts": ["subject"]}}))


def told(path, campaign):
    return [str(problem) for problem in check(load(path), [campaign])]


def test_a_variant_has_its_own_parts_and_the_usual_ones_only_where_that_is_said(tmp_path):
    path = folder(tmp_path)
    (path / "back/short").mkdir()
    (path / "back/short/subject.liquid").write_text("Back again")
    assert told(path, SHORT) == []
    templates, values = load(path), made_up_values(SHORT)
    usual, short = (write(templates, SHORT, "email", values, content) for content in (None, "short"))
    assert (short.subject, short.body) == ("Back again", usual.body) and usual.subject != short.subject
    whole = replace(SHORT, variants=variants_of({"usual": {}, "short": {"content": "short"}}))
    missing = told(path, whole)
    assert [line.partition(":")[0] for line in missing] == [
        f"messages/back/short/{part}.liquid" for part in ("email.html", "email.txt", "sms.txt")
    ]
    assert "the variant short of back.yml has the content short; write it, or say in `parts`" in missing[0]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("back/shrot/subject.liquid", "messages/back/shrot: there is no such variant (did you mean short?)"),
        ("back/short/email.txt.liquid", "messages/back/short/email.txt.liquid: is read by nothing: the variant's `parts`"),
        ("back/short/letter.liquid", "messages/back/short/letter.liquid: is read by nothing: the parts are"),
    ],
)
def test_what_no_variant_reads_is_told(tmp_path, file, expected):
    path = folder(tmp_path)
    for name in ("back/short/subject.liquid", file):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_text("Back again")
    found = told(path, SHORT)
    assert any(line.startswith(expected) for line in found), found


def test_a_token_that_some_variants_offer_needs_a_default(tmp_path):
    offers = {"usual": {}, "ten": {"offer": {"percent": 10}}}
    campaign = replace(CAMPAIGN, variants=variants_of(offers))
    path = folder(tmp_path, back__subject="{{ event.percent }} % off")
    (found,) = set(told(path, campaign))
    assert "event.percent is missing and has no default" in found and "the variant usual has no such offer" in found
    (path / "back/subject.liquid").write_text("{% if event.percent %}{{ event.percent }} % off{% else %}News{% endif %}")
    assert told(path, campaign) == []
    assert told(path, CAMPAIGN)[0].startswith("messages/back/subject.liquid, line 1: there is no token event.percent")


def test_a_channel_that_is_tried_needs_its_templates(tmp_path):
    path = folder(tmp_path)
    by_email = replace(CAMPAIGN, channel="email", variants=variants_of({"usual": {}, "texted": {"channel": "sms"}}))
    assert told(path, by_email) == []
    (path / "back/sms.txt.liquid").unlink()
    (found,) = told(path, by_email)
    assert found.startswith("messages/back/sms.txt.liquid: is missing")
