"""A message as its reader would see it, on one page: the mail as HTML in two widths, its text, and the SMS."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from content.audit import of_message
from content.templates import Templates
from content.tokens import Campaign, Variant
from content.writing import UnwrittenError, Written, write

#: One SMS has so many characters of the basic alphabet, or of any; in a chain each part has a few less.
_PARTS = {True: (160, 153), False: (70, 67)}
_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_STYLE = Markup("""
:root { color-scheme: light dark; --ink: #20272b; --soft: #5f6a70; --line: #d9dfdc; --page: #f6f7f6; --card: #fff; --warn: #8a4b00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9ecef; --soft: #a5adb5; --line: #3a4147; --page: #14171a; --card: #1f2428; --warn: #ffc078; }
}
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; } h2 { margin: 2.25rem 0 .75rem; font-size: 1.1rem; }
.soft { color: var(--soft); } .warn { color: var(--warn); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
.subject { padding: .8rem 1.1rem; border-bottom: 1px solid var(--line); font-weight: 700; }
.widths { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; }
.wide { flex: 1 1 640px; } .phone { flex: 0 0 375px; max-width: 100%; }
iframe { display: block; width: 100%; height: 600px; border: 0; }
pre { margin: 0; padding: 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace; }
.bubble { max-width: 340px; padding: .75rem 1rem; border-radius: 18px 18px 18px 4px; background: var(--card); border: 1px solid var(--line);
  overflow-wrap: anywhere; }
""")
_PAGE = Markup("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body><main><h1>{title}</h1><p class="soft">{about}</p>{parts}</main></body></html>
""")
_MAIL = Markup("""<section><h2>E-mail</h2><div class="widths">
<div class="card wide"><div class="subject">{subject}</div>
<iframe title="On a desk" sandbox="allow-popups" srcdoc="{html}"></iframe></div>
<div class="card phone"><div class="subject">{subject}</div>
<iframe title="On a phone" sandbox="allow-popups" srcdoc="{html}"></iframe></div>
</div><h2>Its text part</h2><div class="card"><pre>{body}</pre></div></section>""")
_SMS = Markup("""<section><h2>SMS</h2><div class="bubble">{body}</div><p class="soft">{size}</p></section>""")
_VARIANT = Markup("""<h2 class="soft">The variant {name}</h2>""")
_HELD = Markup(
    """<section><h2>{channel}</h2><p class="warn">It cannot be written to this person and would be held: {reason}</p></section>"""
)


def page(templates: Templates, campaign: Campaign, values: Mapping[str, Mapping[str, Any]], whom: str) -> str:
    """The whole page as HTML without anything from elsewhere; `whom` says in words to whom it is written."""
    parts: list[Markup] = []
    used: dict[str, tuple[str, ...]] = {}
    for variant in campaign.variants or (Variant("usual"),):
        if len(campaign.variants) > 1:
            parts.append(_VARIANT.format(name=variant.name))
        offered = {**values, "event": {**values.get("event", {}), **variant.offer}}
        for channel in campaign.channels:
            try:
                written = write(templates, campaign, channel, offered, variant.content)
            except UnwrittenError as error:
                parts.append(_HELD.format(channel="SMS" if channel == "sms" else "E-mail", reason=str(error)))
                continue
            used[channel] = tuple({*used.get(channel, ()), *written.tokens})
            parts.append(_shown(written, channel))
    parts.append(_data(templates, campaign, used))
    about = f"{campaign.purpose}, by {' or '.join(campaign.channels)}; written to {whom}"
    return str(_PAGE.format(title=campaign.name, style=_STYLE, about=about, parts=Markup("").join(parts)))


def _shown(written: Written, channel: str) -> Markup:
    if channel == "sms":
        return _SMS.format(body=Markup("<br>").join(escape(line) for line in written.body.splitlines()), size=sms_size(written.body))
    return _MAIL.format(subject=written.subject, html=written.html_body, body=written.body)


def _data(templates: Templates, campaign: Campaign, used: Mapping[str, Sequence[str]]) -> Markup:
    tokens = sorted({token for listed in used.values() for token in listed})
    judged = [of_message(templates, campaign, channel, listed, 0) for channel, listed in used.items()]
    personal = sorted({kind for kinds, _ in judged for kind in kinds})
    warnings = sorted({warning for _, listed in judged for warning in listed})
    shown = Markup("").join(Markup('<li class="warn">It {}.</li>').format(warning) for warning in warnings)
    words = Markup("<p>Personal data: {}. Tokens: {}.</p>").format(", ".join(personal) or "none", ", ".join(tokens) or "none")
    return Markup("<section><h2>What it uses</h2>{}<ul>{}</ul></section>").format(words, shown)


def sms_size(text: str) -> str:
    """In words: how long an SMS is, in how many parts networks carry it, and why each is paid for."""
    is_basic = set(text) <= _BASIC
    one, chained = _PARTS[is_basic]
    parts = 1 if len(text) <= one else -(-len(text) // chained)
    why = "" if is_basic else "; a character beyond the basic alphabet makes parts of 70 instead of 160"
    return f"{len(text)} characters, {parts} {'part' if parts == 1 else 'parts'}{why}"
