"""How the inbox is drawn: templates, the text of a message as HTML, pages of a long list."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

PAGE_SIZE = 50
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def paragraphs(body: str) -> Markup:
    """A message's text as HTML: a paragraph per empty line, line breaks kept, links to click. Markup in it is shown."""
    blocks = [block for block in re.split(r"\n\s*\n", body.strip()) if block]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(_linked(line) for line in block.splitlines())) for block in blocks
    )


def _linked(line: str) -> Markup:
    parts, end = Markup(""), 0
    for match in _LINK.finditer(line):
        parts += escape(line[end : match.start()])
        parts += Markup('<a href="{0}" rel="noreferrer nofollow">{0}</a>').format(match[0])
        end = match.end()
    return parts + escape(line[end:])


def shown_time(moment: datetime, *, with_seconds: bool = False) -> str:
    """30 Jun 2026, 09:00, or 09:00:07 with seconds."""
    return f"{moment.day} {moment:%b %Y, %H:%M:%S}" if with_seconds else f"{moment.day} {moment:%b %Y, %H:%M}"


PAGES = jinja2.Environment(loader=jinja2.PackageLoader("demo.provider"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
PAGES.filters |= {"paragraphs": paragraphs, "shown_time": shown_time}


def page_number(request: Request) -> int:
    """The page asked for, from 1; anything that is no number is the first."""
    text = request.query_params.get("page", "1")
    return max(int(text), 1) if text.isdigit() and len(text) < 7 else 1


def pager(wanted: dict[str, str], page: int, total: int) -> dict[str, Any]:
    """Where a page stands among the pages, with the links to its neighbours; `wanted` is the search to keep."""
    pages = max(-(-total // PAGE_SIZE), 1)
    kept = {name: value for name, value in wanted.items() if value}

    def link(number: int) -> str:
        return "?" + urlencode({**kept, "page": number})

    return {
        "page": page,
        "pages": pages,
        "newer": link(page - 1) if page > 1 else None,
        "older": link(page + 1) if page < pages else None,
    }


def html(template: str, status: int = 200, **values: Any) -> Response:
    """A template as an answer."""
    return HTMLResponse(PAGES.get_template(template).render(**values), status_code=status)
