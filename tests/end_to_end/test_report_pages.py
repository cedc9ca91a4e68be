"""The page of the campaigns and the review in a browser: everybody can read them at every width, by day, by night and on paper."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from campaign_rows import AS_OF, frames
from page_kit import read
from playwright.sync_api import Browser, Page
from report_kit import browser

from reports.campaigns import campaigns
from reports.page import Facts
from reports.quarters import Quarter
from reports.review_page import review

SISTERS = {"overview.html": "What the shop knows"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the campaigns, and the review."""
    made = tmp_path_factory.mktemp("pages")
    facts = Facts(frames(), AS_OF, "EUR")
    for name, text in {"campaigns": campaigns(facts, SISTERS), "review": review(facts, Quarter(2026, 2), SISTERS)}.items():
        (made / f"{name}.html").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def chromium(folder: Path) -> Iterator[Browser]:
    with browser() as started:
        yield started


def opened(chromium: Browser, path: Path, width: int, scheme: Any) -> Iterator[Page]:
    said: list[str] = []
    with chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith("file:") else None)
        page.goto(path.as_uri())
        yield page
        assert not said


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [("campaigns", 1280, "light"), ("campaigns", 375, "dark"), ("review", 375, "dark")],
)
def test_all_can_be_read_and_heard(chromium: Browser, folder: Path, name: str, width: int, scheme: str) -> None:
    for page in opened(chromium, folder / f"{name}.html", width, scheme):
        for one in page.locator("details").all():
            one.evaluate("details => { details.open = true; }")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
        seen, pale = read(page)
        assert seen > 150 and not pale
        levels = [int(one.evaluate("heading => heading.tagName[1]")) for one in page.locator("h1, h2, h3, h4").all()]
        assert levels.count(1) == 1 and all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
        assert page.locator("figure").count() == page.locator("figure details table caption").count()
        assert page.locator("figure svg [role=graphics-symbol]:not([aria-label])").count() == 0
        assert not page.evaluate(
            "[...document.querySelectorAll('[id]')].map(one => one.id).filter((id, at, all) => all.indexOf(id) !== at)"
        )
        # nothing of a picture is written over something else
        assert not page.evaluate(OVERLAPS), page.evaluate(OVERLAPS)


#: Texts of a drawing that stand on each other, or beyond its edge.
OVERLAPS = """() => [...document.querySelectorAll('figure svg')].flatMap((svg) => {
    const texts = [...svg.querySelectorAll('text')].filter((one) => one.textContent.trim());
    const boxes = texts.map((one) => [one.textContent, one.getBoundingClientRect()]), whole = svg.getBoundingClientRect();
    const across = (one, other) => one.left < other.right - 3 && other.left < one.right - 3;
    const meet = (one, other) => across(one, other) && one.top < other.bottom - 3 && other.top < one.bottom - 3;
    const outside = boxes.filter(([, box]) => box.right > whole.right + 2 || box.left < whole.left - 2);
    const pairs = boxes.flatMap(([text, box], place) =>
        boxes.slice(place + 1).filter(([, other]) => meet(box, other)).map(([other]) => [text, other]));
    return [...outside, ...pairs];
})"""


def test_the_review_prints_light_and_whole(chromium: Browser, folder: Path) -> None:
    for page in opened(chromium, folder / "review.html", 1280, "dark"):
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')").strip() == "#ffffff"
        assert page.locator("table[data-name=calls] tbody tr").count() == 26 and page.locator("table[data-name=calls]").is_visible()
        printed = page.pdf(format="A4", prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) in range(4, 16)
