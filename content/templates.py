"""The folder of templates, read and parsed: `<trigger>/<part>.liquid`, the layouts around them and the small parts that they share."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from liquid import BoundTemplate, CachingDictLoader, Environment
from liquid.exceptions import LiquidError
from liquid.filter import liquid_filter
from liquid.undefined import FalsyStrictUndefined

#: The parts of a message, by channel.
PARTS = {"email": ("subject.liquid", "email.txt.liquid", "email.html.liquid"), "sms": ("sms.txt.liquid",)}
LAYOUTS = ("layout.email.txt.liquid", "layout.email.html.liquid", "layout.sms.txt.liquid")
SHARED = "parts"
_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$"}


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with a template, and where; `line` is 0 where it is the file as a whole."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.words}"


class Missing(FalsyStrictUndefined):
    """A value that is not there: false in a condition, nothing in a loop, replaced by a default; written out it is an error."""

    allowed_properties = FalsyStrictUndefined.allowed_properties | {"items"}

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


@liquid_filter
def money(amount: Any, currency: Any = None) -> str:
    """`{{ product.price | money: product.currency }}`: 1,299.90 with the sign or the code of its currency."""
    try:
        text = f"{Decimal(str(amount)):,.2f}"
    except InvalidOperation:
        return str(amount)
    code = currency if isinstance(currency, str) else ""
    return _SIGNS[code] + text if code in _SIGNS else f"{text} {code}".strip()


@dataclass(frozen=True)
class Templates:
    """All templates of a folder by their name in it (`welcome/subject.liquid`), and what could not be parsed."""

    parsed: dict[str, BoundTemplate]
    sources: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    @property
    def triggers(self) -> list[str]:
        """The triggers that have templates."""
        return sorted({name.partition("/")[0] for name in self.sources if "/" in name} - {SHARED})


def load(folder: Path) -> Templates:
    """Every `*.liquid` below `folder`. A folder that is missing has no templates."""
    sources = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.liquid"))}
    shared = {_shared_name(name): text for name, text in sources.items() if name.startswith(f"{SHARED}/")}
    plain, html = _environment(shared, is_html=False), _environment(shared, is_html=True)
    parsed, problems = {}, []
    for name, text in sources.items():
        try:
            environment = html if name.endswith(".html.liquid") else plain
            parsed[name] = environment.from_string(text, name=_shared_name(name), path=name)
        except LiquidError as error:
            problems.append(Problem(f"messages/{name}", line_of(text, error.token.start_index if error.token else 0), str(error.message)))
    return Templates(parsed, sources, problems)


def line_of(text: str, index: int) -> int:
    """The line, from 1, on which a character of a text stands; the last one for an index of -1, which is the end."""
    return text.rstrip().count("\n", 0, index if index >= 0 else len(text)) + 1


def _shared_name(name: str) -> str:
    """What a shared part is called by: `{% render 'button' %}` is parts/button.html.liquid; anything else by its file."""
    return name.removeprefix(f"{SHARED}/").partition(".")[0] if name.startswith(f"{SHARED}/") else name


def _environment(shared: dict[str, str], *, is_html: bool) -> Environment:
    """Liquid as the templates speak it. What stands in a token is escaped in HTML, and no filter can switch that off."""
    made = Environment(undefined=Missing, autoescape=is_html, loader=CachingDictLoader(shared))
    made.add_filter("money", money)
    for name in ("safe", "escape", "escape_once"):
        del made.filters[name]
    del made.tags["include"]
    return made
