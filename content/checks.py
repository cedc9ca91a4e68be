"""What must hold of the templates before any message is written: every token is known, every part is there, every way out too."""

import re
from collections.abc import Iterator, Sequence

from content.made_up import made_up_values
from content.templates import LAYOUTS, PARTS, SHARED, Problem, Templates, line_of
from content.token_checks import unknown_names
from content.tokens import COMMON, LAYOUT, PRODUCT, Campaign, closest
from content.writing import MissingWayOutError, UnwrittenError, write

_UNQUOTED = re.compile(r"=\s*\{\{")
_DROPPED = re.compile(r"<\s*(script|form|iframe|object|embed)\b|\son\w+\s*=|javascript:", re.IGNORECASE)


class BadTemplatesError(ValueError):
    """Templates that no message may be written from; each problem names its file, line and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("the messages' templates cannot be used:\n" + "\n".join(f"- {problem}" for problem in self.problems))


def refuse_bad(templates: Templates, campaigns: Sequence[Campaign], of_the_shop: Sequence[str] = ()) -> None:
    """Raises BadTemplatesError when `check` finds anything, or when something is wrong with what the shop says of itself."""
    if problems := [*(Problem("dbt_project.yml", 0, words) for words in of_the_shop), *check(templates, campaigns)]:
        raise BadTemplatesError(problems)


def check(templates: Templates, campaigns: Sequence[Campaign]) -> list[Problem]:
    """All problems of all templates against all campaigns that send messages, whether or not any message goes out."""
    known = {campaign.name: campaign for campaign in campaigns}
    found = [*templates.problems, *_strangers(templates, known)]
    for name, template in templates.parsed.items():
        folder = name.partition("/")[0]
        if "/" not in name or folder == SHARED:
            everything = sorted({token for campaign in campaigns for token in campaign.tokens} | set(COMMON) | set(PRODUCT))
            found += unknown_names(template, name, [*everything, *LAYOUT], is_shared=folder == SHARED)
        elif folder in known:
            found += unknown_names(template, name, known[folder].tokens)
        if name.endswith(".html.liquid"):
            found += _markup(name, templates.sources[name])
    for campaign in campaigns:
        found += _complete(templates, campaign)
    if not found:
        found += [problem for campaign in campaigns for problem in _ways_out(templates, campaign)]
    return sorted(set(found))


def _strangers(templates: Templates, known: dict[str, Campaign]) -> Iterator[Problem]:
    for name in LAYOUTS:
        if name not in templates.sources:
            yield Problem(f"messages/{name}", 0, "is missing: every message stands in it")
    for trigger in templates.triggers:
        if trigger not in known:
            words = f"there is no such trigger{closest(trigger, known)}: delete the folder, or list the trigger in vars.triggers"
            yield Problem(f"messages/{trigger}", 0, words)
    parts = {part for listed in PARTS.values() for part in listed}
    for name in templates.sources:
        folder, _, part = name.partition("/")
        content, is_within, of_variant = part.partition("/")
        if folder not in known:
            continue
        if is_within and content not in known[folder].contents:
            words = f"there is no such variant{closest(content, filter(None, known[folder].contents))}: delete the folder, or name it as"
            yield Problem(f"messages/{folder}/{content}", 0, f"{words} the content of a variant in the experiment of {folder}.yml")
        elif (of_variant or part) not in parts:
            yield Problem(f"messages/{name}", 0, f"is read by nothing: the parts are {', '.join(sorted(parts))}")
        elif is_within and known[folder].template(of_variant, content) != name:
            yield Problem(f"messages/{name}", 0, f"is read by nothing: the variant's `parts` in {folder}.yml do not name it; add it there")


def _complete(templates: Templates, campaign: Campaign) -> Iterator[Problem]:
    for channel, parts in PARTS.items():
        for part in parts:
            name = f"{campaign.name}/{part}"
            if channel in campaign.channels and name not in templates.sources:
                words = (
                    f"is missing: the trigger {campaign.name} asks for channel '{campaign.channel}'; write it, or ask for another channel"
                )
                yield Problem(f"messages/{name}", 0, words)
            for variant in campaign.variants:
                own = campaign.template(part, variant.content)
                if channel in campaign.channels and own != name and own not in templates.sources:
                    words = f"is missing: the variant {variant.name} of {campaign.name}.yml has the content {variant.content}; write it"
                    yield Problem(
                        f"messages/{own}", 0, f"{words}, or say in `parts` which parts it has of its own, the others being as usual"
                    )
            if channel not in campaign.channels and name in templates.sources:
                words = f"is never sent: the trigger {campaign.name} asks for channel '{campaign.channel}'; delete it, or ask for 'best'"
                yield Problem(f"messages/{name}", 0, words)


def _markup(name: str, text: str) -> Iterator[Problem]:
    for pattern, words in (
        (_UNQUOTED, 'put quotes around the attribute\'s value: href="{{ … }}"'),
        (_DROPPED, "mail programs drop scripts, forms, frames and handlers; leave it out"),
    ):
        for hit in pattern.finditer(re.sub(r"\{%.*?%\}", lambda tag: " " * len(tag[0]), text, flags=re.DOTALL)):
            yield Problem(f"messages/{name}", line_of(text, hit.start()), words)


def _ways_out(templates: Templates, campaign: Campaign) -> Iterator[Problem]:
    """A marketing message written to a made-up person must have its links; what else such a person lacks is no matter of the template."""
    everything = made_up_values(campaign)
    for channel, content in ((channel, content) for channel in campaign.channels for content in campaign.contents):
        try:
            write(templates, campaign, channel, everything, content)
        except MissingWayOutError as error:
            yield Problem(f"messages/{'/'.join(filter(None, (campaign.name, content)))}", 0, str(error))
        except UnwrittenError:
            continue
        else:
            yield from _offers(templates, campaign, channel, content)


def _offers(templates: Templates, campaign: Campaign, channel: str, content: str | None) -> Iterator[Problem]:
    """A token that only some variants offer must have a default, or whoever is in another would get nothing."""
    offered = {name for variant in campaign.variants for name in variant.offer} - set(campaign.columns)
    for variant in campaign.variants if offered else ():
        values = made_up_values(campaign)
        values["event"] = {name: value for name, value in values["event"].items() if name not in offered - set(variant.offer)}
        try:
            write(templates, campaign, channel, values, content)
        except UnwrittenError as error:
            yield Problem(f"messages/{campaign.name}", 0, f"{error}: the variant {variant.name} has no such offer")


def needed(templates: Templates, campaign: Campaign) -> list[str]:
    """In words, which values hold a campaign's message back when they are missing, because no default stands there."""
    found = []
    everything = made_up_values(campaign)
    for token in campaign.tokens:
        if token.startswith(("shop.", "links.", "message.")):
            continue  # the policy has them, for everybody
        object_name, _, key = token.partition(".")
        lacking = {name: {k: v for k, v in entries.items() if (name, k) != (object_name, key)} for name, entries in everything.items()}
        for channel in campaign.channels:
            try:
                write(templates, campaign, channel, lacking)
            except UnwrittenError:
                found.append(token)
                break
    return found
