"""One message from its templates: a subject on one line, a text, an HTML part; or the reason why it cannot be written."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Markup
from liquid.exceptions import LiquidError
from markupsafe import escape

from content.templates import LAYOUTS, PARTS, Templates, line_of
from content.tokens import Campaign, cleaned, present

LONGEST_SMS = 1_600
LONGEST_SUBJECT = 250
PREHEADER = 110
_STOP = re.compile(r"\bSTOP\b")


class UnwrittenError(ValueError):
    """One message that cannot be written; its text says why, for a person to read, and quotes nobody's data."""


class MissingWayOutError(UnwrittenError):
    """A marketing message without the links, or the word, by which its reader can end it."""


@dataclass(frozen=True)
class Written:
    """The parts of one message; subject and html_body are None for an SMS. tokens: which had a value and stand in its templates, sorted."""

    subject: str | None
    body: str
    html_body: str | None
    tokens: tuple[str, ...]


def write(
    templates: Templates, campaign: Campaign, channel: str, values: Mapping[str, Mapping[str, Any]], content: str | None = None
) -> Written:
    """The message of a campaign by a channel ('email' or 'sms'), from values by object and name (`{"person": {"first_name": …}, …}`).

    content: the folder of a variant's templates. The templates must have passed `checks.check`. Raises UnwrittenError.
    """
    given = cleaned(values)
    given.setdefault("message", {})["purpose"] = campaign.purpose
    for name in ("person", "product", "event", "recommendations", "shop", "links"):
        given.setdefault(name, {})
    names = {part: campaign.template(part, content) for part in PARTS[channel]}
    if channel == "sms":
        body = _plain(
            _render(templates, "layout.sms.txt.liquid", given, content=_plain(_render(templates, names["sms.txt.liquid"], given)))
        )
        if len(body) > LONGEST_SMS:
            raise UnwrittenError(f"the SMS is {len(body):,} characters long; {LONGEST_SMS:,} is the most that networks carry")
        written = Written(None, body, None, _used(templates, names.values(), "sms", given))
    else:
        subject = " ".join(_render(templates, names["subject.liquid"], given).split())
        text = _plain(_render(templates, names["email.txt.liquid"], given))
        html = Markup(_render(templates, names["email.html.liquid"], given).strip())
        around = {"subject": subject, "preheader": _first_words(text)}
        body = _plain(_render(templates, "layout.email.txt.liquid", given, content=text, **around))
        html_body = _render(templates, "layout.email.html.liquid", given, content=html, **around).strip() + "\n"
        if not 0 < len(subject) <= LONGEST_SUBJECT:
            raise UnwrittenError(f"messages/{names['subject.liquid']}: the subject line is {len(subject)} characters long")
        written = Written(subject, body, html_body, _used(templates, names.values(), "email", given))
    if campaign.purpose == "marketing":
        _ways_out(written, channel, given.get("links", {}))
    return written


def _ways_out(written: Written, channel: str, links: Mapping[str, Any]) -> None:
    unsubscribe, preferences = (str(links.get(name) or "") for name in ("unsubscribe", "preferences"))
    if channel == "sms":
        if not _STOP.search(written.body) and not (unsubscribe and unsubscribe in written.body):
            raise MissingWayOutError("a marketing SMS must say how to opt out: 'Reply STOP to opt out.', or {{ links.unsubscribe }}")
        return
    for name, link in (("unsubscribe", unsubscribe), ("preferences", preferences)):
        if not link or link not in written.body:
            raise MissingWayOutError(f"the text of a marketing message must have {{{{ links.{name} }}}}; the layout has it")
        if f'href="{escape(link)}"' not in (written.html_body or ""):
            raise MissingWayOutError(f'the HTML of a marketing message must have href="{{{{ links.{name} }}}}"; the layout has it')


def _render(templates: Templates, name: str, values: Mapping[str, Any], **around: object) -> str:
    template = templates.parsed[name]
    try:
        return template.render(**values, **around)
    except LiquidError as error:
        token = error.token
        line = f" line {line_of(token.source, token.start_index)}" if token and token.start_index >= 0 else ""
        missing = re.fullmatch(r"(\S+) is undefined", str(error.message))
        if missing:
            words = (
                f"{missing[1]} is missing and has no default; write {{{{ {missing[1]} | default: '…' }}}}, or ask for it with {{% if %}}"
            )
        else:
            words = str(error.message)
        raise UnwrittenError(f"messages/{name}{line}: {words}") from None


def _plain(text: str) -> str:
    """No spaces at the ends of lines, never more than one empty line."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()


def _first_words(text: str) -> str:
    """What an inbox shows beside the subject: the text without its greeting, cut."""
    blocks = [" ".join(block.split()) for block in text.split("\n\n")]
    words = " ".join(blocks[1:] if len(blocks) > 1 and len(blocks[0]) < 40 else blocks)
    words = re.sub(r"\s*https?://\S+", "", words)
    return words if len(words) <= PREHEADER else words[: PREHEADER - 1].rsplit(" ", 1)[0] + "…"


def tokens_used(templates: Templates, campaign: Campaign, channel: str) -> set[str]:
    """All tokens that stand in the templates of a trigger's message by a channel, in any of its variants, its layouts' among them."""
    names = {campaign.template(part, content) for part in PARTS[channel] for content in campaign.contents}
    return _tokens_in(templates, names, channel)


def _tokens_in(templates: Templates, names: Iterable[str], channel: str) -> set[str]:
    layouts = [name for name in LAYOUTS if name.startswith(f"layout.{channel}.") and name in templates.parsed]
    return set[str]().union(*(_tokens_of(templates.parsed[name]) for name in (*names, *layouts)))


def _used(templates: Templates, names: Iterable[str], channel: str, values: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted(_tokens_in(templates, names, channel) & present(values)))


@lru_cache(maxsize=1_000)
def _tokens_of(template: BoundTemplate) -> frozenset[str]:
    found = template.analyze(include_partials=True).globals.values()
    return frozenset(".".join(str(part) for part in variable.segments[:2]) for listed in found for variable in listed)
