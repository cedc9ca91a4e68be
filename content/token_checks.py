"""Whether every name in a template is a token, or a filter, that there is."""

from collections.abc import Iterator

from liquid import BoundTemplate

from content.templates import Problem, line_of
from content.tokens import LAYOUT, closest

_LISTS = ("recommendations.buy_again", "recommendations.new_for_you")


def unknown_names(template: BoundTemplate, name: str, known: list[str], *, is_shared: bool = False) -> Iterator[Problem]:
    """Every name that is no token. A shared part may use what is handed to it, which has no dots."""
    text, file = _source_of(template), f"messages/{name}"
    found = template.analyze(include_partials=False)
    outside = {(variable.span.index, str(variable)) for listed in found.globals.values() for variable in listed}
    for listed in found.variables.values():
        for variable in listed:
            line, path = line_of(text, variable.span.index), [part for part in variable.segments if isinstance(part, str)]
            token, rest = ".".join(path[:2]), variable.segments[2:]
            if token in LAYOUT:
                rest = variable.segments[1:]
            if len(path) < len(variable.segments) and any(isinstance(part, list) for part in variable.segments):
                yield Problem(file, line, f"{variable}: the name of a token may not come from another token")
            elif (variable.span.index, str(variable)) not in outside:
                if len(variable.segments) > 1 and path[0] not in ("forloop", "tablerowloop"):
                    yield Problem(file, line, f"{variable}: a list holds texts, which have no parts; write {{{{ {path[0]} }}}}")
            elif is_shared and len(variable.segments) == 1:
                continue
            elif token not in known:
                words = f"there is no token {token}{closest(token, known)}; there are: {', '.join(sorted(known))}"
                yield Problem(file, line, words)
            elif rest and not (token in _LISTS and len(rest) == 1 and (isinstance(rest[0], int) or rest[0] in ("first", "last", "size"))):
                yield Problem(file, line, f"{variable}: {token} has no such part")
    for filter_name, spans in found.filters.items():
        for span in spans:
            if filter_name not in template.env.filters:
                words = f"there is no filter {filter_name}{closest(filter_name, template.env.filters)}"
                yield Problem(file, line_of(text, span.index), f"{words}; tokens are escaped in HTML by themselves")


def _source_of(template: BoundTemplate) -> str:
    """The source that a template was parsed from."""
    return template.nodes[0].token.source if template.nodes else ""
