"""The check of all templates: what is wrong, in which file and line, and what to do."""

import pytest
from test_content_writing import CAMPAIGN, PARTS, folder

from content.checks import BadTemplatesError, check, needed, refuse_bad
from content.templates import load
from content.tokens import Campaign
from content.values import Shop
from orchestration.programme import declared, messages_folder, shop

SHOP = Shop("The Shop", "https://shop.test", "https://shop.test/u?m={message_id}", "https://shop.test/p?m={message_id}")


def told(path, campaigns=(CAMPAIGN,), **changes):
    return [str(problem) for problem in check(load(folder(path, **changes)), campaigns)]


def test_the_templates_of_the_programme_are_good():
    campaigns = declared()
    assert len(campaigns) >= 3 and not check(load(messages_folder()), campaigns) and not shop().problems(is_real=False)
    assert not told_of_common(campaigns), "a first name and recommendations are often missing: they need a default"


def told_of_common(campaigns):
    templates = load(messages_folder())
    return [(campaign.name, token) for campaign in campaigns for token in needed(templates, campaign) if token.startswith("person.")]


def test_good_templates_have_no_problem(tmp_path):
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("part", "text", "expected"),
    [
        ("back__subject", "x\n{{ event.color }}", "messages/back/subject.liquid, line 2: there is no token event.color (did you mean"),
        ("back__subject", "{{ event.color }}", "event.color (did you mean event.colour?); there are: event.colour, links.preferences, "),
        ("back__email_txt", "{% if person.frist_name %}x{% endif %}", "line 1: there is no token person.frist_name (did you mean person.f"),
        ("back__sms_txt", "a\n\n{{ name }}", "messages/back/sms.txt.liquid, line 3: there is no token name"),
        ("back__sms_txt", "{{ person }}", "line 1: there is no token person;"),
        ("back__sms_txt", "{{ person.first_name.last }}", "person.first_name has no such part"),
        ("back__sms_txt", "{{ person[event.colour] }}", "the name of a token may not come from another token"),
        ("back__sms_txt", "{% for one in recommendations.buy_again %}{{ one.name }}{% endfor %}", "one.name: a list holds texts"),
        ("back__sms_txt", "{{ product.name | shout }}", "there is no filter shout"),
        ("back__email_html", "<p>{{ product.name | safe }}</p>", "there is no filter safe"),
        ("back__email_html", "<p>\n{% if product.name %}</p>", "messages/back/email.html.liquid, line 2:"),
        ("back__email_html", "<a href={{ product.url }}>x</a>", "put quotes around"),
        ("back__email_html", "x\n<script>1</script>", "messages/back/email.html.liquid, line 2: mail programs drop scripts"),
        ("parts__button_html", "{{ product.nmae }}", "messages/parts/button.html.liquid, line 1: there is no token product.nmae"),
        ("layout_email_txt", "{{ content }} {{ lniks.unsubscribe }}", "messages/layout.email.txt.liquid, line 1: there is no token"),
        ("layout_email_txt", "{{ content }}", "messages/back: the text of a marketing message must have {{ links.unsubscribe }}"),
        ("layout_sms_txt", "{{ content }}", "messages/back: a marketing SMS must say how to opt out"),
        ("bakc__subject", "x", "messages/bakc: there is no such trigger (did you mean back?)"),
        ("back__sms_html", "x", "messages/back/sms.html.liquid: is read by nothing"),
    ],
)  # fmt: skip
def test_each_problem_names_its_place(tmp_path, part, text, expected):
    found = told(tmp_path, **{part: text})
    assert any(expected in line for line in found), found


def test_a_trigger_has_a_template_for_each_channel_it_may_use_and_no_other(tmp_path):
    path = folder(tmp_path)
    (path / "back/sms.txt.liquid").unlink()
    (found,) = check(load(path), [CAMPAIGN])
    assert str(found).startswith("messages/back/sms.txt.liquid: is missing: the trigger back asks for channel 'best'")
    by_email = Campaign("back", "email", "marketing", CAMPAIGN.columns)
    assert check(load(path), [by_email]) == []
    (unsent,) = check(load(folder(tmp_path)), [by_email])
    assert "is never sent" in str(unsent)


def test_product_tokens_are_those_of_a_trigger_with_a_product(tmp_path):
    found = told(tmp_path, [Campaign("back", "best", "marketing", ("profile_id", "colour"))])
    assert found and all("there is no token product." in line for line in found)


def test_no_templates_at_all_is_told_for_every_trigger(tmp_path):
    found = check(load(tmp_path / "nowhere"), [CAMPAIGN])
    assert {problem.file for problem in found} == {f"messages/{name}" for name in PARTS if not name.startswith("parts/")}


def test_a_build_is_refused_with_all_problems_at_once(tmp_path):
    with pytest.raises(BadTemplatesError) as refused:
        refuse_bad(load(folder(tmp_path, back__subject="{{ x }}", back__sms_txt="{{ y }}")), [CAMPAIGN], ["a link leads nowhere"])
    assert len(refused.value.problems) == 3 and "a link leads nowhere" in str(refused.value)


def test_what_has_no_default_is_told_to_the_author(tmp_path):
    assert needed(load(folder(tmp_path)), CAMPAIGN) == ["product.name", "product.price", "product.url"]


def test_links_of_a_real_shop_lead_somewhere_and_tell_who_follows_them():
    assert SHOP.problems(is_real=False) == []
    assert len(SHOP.problems(is_real=True)) == 3 and all("example" in line for line in SHOP.problems(is_real=True))
    bad = Shop("x", "shop.de", "https://shop.de/u", "https://shop.de/p?{message_id}")
    assert bad.problems(is_real=True) == [
        "the variable shop_url is no web address",
        "the variable unsubscribe_url must have {message_id}, so that the shop knows who follows it",
    ]
    assert SHOP.values("a/b")["links"]["unsubscribe"] == "https://shop.test/u?m=a%2Fb"
