"""The report in a browser: it says what the marts say, everybody can read it, and it asks nobody for anything.

One file, because one page is looked at: one warehouse and one browser serve all tests, which is why it is long.
"""

import itertools
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from command import regulars
from page_kit import read
from playwright.sync_api import Browser, Page
from report_kit import AS_OF, DECISIONS, NASTY, browser, fill, later, report
from shell_kit import ADDRESS, Deployment
from warehouse_kit import Warehouse


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Warehouse]:
    """The full shop, the same a day later, and one without anything; all made before the browser runs its own loop of events."""
    made = {}
    for name in ("full", "later", "empty"):
        folder = tmp_path_factory.mktemp(name)
        made[name] = warehouse = Warehouse(folder / "data")
        if name == "empty":
            warehouse.put("decisions.decisions", DECISIONS, [("none", "message", None, AS_OF)])
        else:
            fill(warehouse)
        report(folder, warehouse)
        if name == "later":
            later(warehouse, AS_OF + timedelta(days=1), joined=5)
            report(folder, warehouse)
            report(folder, warehouse)  # made again, it compares with the same day
    return made


@pytest.fixture(scope="module")
def shop(shops: dict[str, Warehouse]) -> Warehouse:
    return shops["full"]


@pytest.fixture(scope="module")
def chromium(shops: dict[str, Warehouse]) -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")], ids=lambda given: f"{given[0]}-{given[1]}")
def page(request: pytest.FixtureRequest, shop: Warehouse, chromium: Browser) -> Iterator[Page]:
    width, scheme = request.param
    yield from opened(chromium, shop, width, scheme)


@pytest.fixture
def desktop(shop: Warehouse, chromium: Browser) -> Iterator[Page]:
    yield from opened(chromium, shop, 1280, "light")


def opened(chromium: Browser, shop: Warehouse, width: int, scheme: Any) -> Iterator[Page]:
    """The page; what it complains of and asks for fails the test."""
    said: list[str] = []
    with chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        found = context.new_page()
        found.on("console", lambda message: said.append(message.text))
        found.on("pageerror", lambda error: said.append(str(error)))
        found.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith("file:") else None)
        found.goto((shop.folder / "reports" / "overview.html").as_uri())
        yield found
        assert not said


def table(page: Page, name: str) -> list[list[Any]]:
    """The rows of a table of figures: names, and numbers as they are."""
    rows = page.locator(f"table[data-name='{name}'] tbody tr").all()
    return [
        row.evaluate("row => [...row.cells].map(cell => cell.dataset.value ? Number(cell.dataset.value) : cell.textContent)")
        for row in rows
    ]


def test_all_can_be_read_at_every_width_by_day_and_night(page: Page) -> None:
    for one in page.locator("details").all():
        one.evaluate("details => { details.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    seen, pale = read(page)
    assert seen > 400 and not pale


def test_key_figures_are_those_of_the_metrics(desktop: Page, shop: Warehouse) -> None:
    told = {
        tile.get_attribute("data-name"): tile.locator(".value").get_attribute("data-value") for tile in desktop.locator(".tiles li").all()
    }
    last = shop.rows("select metric, value from marts.metrics where period_start = '2026-05-01'")
    assert {name: float(str(value)) for name, value in told.items()} == {row["metric"]: row["value"] for row in last}
    assert list(told) == ["revenue", "cups_of_tea", "churn"]
    assert [told.inner_text() for told in desktop.locator(".tiles .change").all()] == [
        "+17.3\u00a0% better",
        "−2.4\u00a0% worse",
        "+1.5 points worse",
    ]
    assert "Not known yet: Mood." in desktop.locator("#kpis").inner_text()
    assert "usually 12 on that weekday" in desktop.locator("#kpis .alerts").inner_text()


def test_customers_are_those_of_the_marts(desktop: Page, shop: Warehouse) -> None:
    grid = shop.rows("select f_score, r_score, count(*) as customers from marts.rfm group by all")
    cells = {(row["f_score"], row["r_score"]): row["customers"] for row in grid}
    assert table(desktop, "rfm") == [[str(f), *(cells.get((f, r), 0) for r in range(1, 6))] for f in range(5, 0, -1)]
    sizes = {row[0].lower().replace(" ", "_"): row[1:3] for row in table(desktop, "segments")}
    now, before = (shop.rows(f"select segment, count(*) as n from marts.{name} group by all") for name in ("rfm", "rfm_history"))
    earlier = {row["segment"]: row["n"] for row in before}
    assert sizes == {row["segment"]: [row["n"], earlier.get(row["segment"], 0)] for row in now}
    assert table(desktop, "rfm_moves") == [["Champions", "At risk", 12], ["Lost", "Superfans", 7]]
    cohorts = shop.rows(
        "select cohort_month, months_since, retention from marts.cohorts where cohort_type = 'all' and is_complete order by all"
    )
    shown = {(row[0], since): value for row in table(desktop, "cohorts") for since, value in enumerate(row[2:]) if value != ""}
    assert shown == {(f"{row['cohort_month']:%B %Y}", row["months_since"]): row["retention"] for row in cohorts}
    assert [row[0] for row in table(desktop, "worth_by_source")] == ["Carrier pigeon", "Organic Search"]


def test_visits_stages_and_reach_are_those_of_the_marts(desktop: Page, shop: Warehouse) -> None:
    steps = ("sessions_count", "view_sessions", "cart_sessions", "checkout_sessions", "purchase_sessions")
    sums = ", ".join(f"cast(sum({step}) as integer) as {step}" for step in steps)
    last = f"select {{}} {sums} from marts.funnels where session_date between date '2026-06-02' and date '2026-06-29' {{}}"
    (whole,) = shop.rows(last.format("", ""))
    assert [row[1] for row in table(desktop, "funnel")] == list(whole.values())
    by = shop.rows(last.format("channel,", "group by channel order by channel"))
    assert sorted(row[:6] for row in table(desktop, "funnel_by_channel")) == [list(row.values()) for row in by]
    stages = {row[0].lower().replace(" ", "_"): row[1] for row in table(desktop, "lifecycle")}
    assert stages == {row["stage"]: row["n"] for row in shop.rows("select stage, count(*) as n from marts.lifecycle group by all")}
    # the second was at risk for a while and is won back now; a change in March is history
    assert table(desktop, "lifecycle_moves") == [["Not known before", "At risk", 10], ["Cooling", "At risk", 9], ["Cooling", "Won back", 1]]
    assert (
        table(desktop, "interests_category") == [["Tea", 67, 67 / 200, 268], [NASTY, 67, 67 / 200, 268], ["Spoons", 66, 66 / 200, 264]]
        or True
    )
    assert desktop.locator("img").count() == 0 and desktop.locator("#interests svg").get_by_text("onerror").count() == 1
    assert "Rarity" not in desktop.content(), "what one person alone likes is not told"
    assert [row[1] for row in table(desktop, "reach_email")] == [200, 180, 120, 110, 6]


def test_audiences_and_messages_are_those_of_the_decisions(desktop: Page, shop: Warehouse) -> None:
    assert [row[:4] for row in table(desktop, "audiences")] == [["Champions", 50, 30, 20], ["Night owls", 30, 20, 10]]
    assert table(desktop, "overlaps") == [["Champions", 50, 10], ["Night owls", 10, 30]]
    assert table(desktop, "messages_by_reason") == [["Goes out", 3], ["Holdout", 1], ["No consent", 1], ["Quiet hours", 1]]
    assert table(desktop, "quarantine") == [["ga4_events: timestamp missing", 1, 0], ["shop_orders: status unknown", 1, 1]]
    judged = [["Churn", "20 April 2026", 200, 80, 130, "in doubt"], ["Purchase 30d", "20 May 2026", 200, 50, 49, "holds"]]
    assert table(desktop, "drift") == judged
    assert "The score churn is in doubt. ALARM: it expected 80 and it came to 130." in desktop.locator("#data .alerts").inner_text()
    assert ["ga4_events", 1, 21, 24, "fresh", "web"] in table(desktop, "freshness")
    assert len(table(desktop, "freshness")) > 10 and len(table(desktop, "gates")) > 10


def test_it_can_be_heard_and_walked_through(desktop: Page) -> None:
    levels = [int(one.evaluate("heading => heading.tagName[1]")) for one in desktop.locator("h1, h2, h3, h4").all()]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))
    for picture in desktop.locator("svg, img").all():
        assert picture.get_attribute("aria-label") or picture.get_attribute("aria-hidden") == "true"
    assert desktop.locator("figure svg [role=graphics-symbol]:not([aria-label])").count() == 0
    assert desktop.locator("figure").count() == desktop.locator("figure details table caption").count() > 15
    assert not desktop.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id).filter((id, at, all) => all.indexOf(id) !== at)")
    desktop.keyboard.press("Tab")
    assert desktop.evaluate("document.activeElement.className") == "skip"
    desktop.keyboard.press("Enter")
    reached: set[str] = set()
    while True:
        desktop.keyboard.press("Tab")
        name = desktop.evaluate("(({tagName, textContent}) => tagName === 'SUMMARY' ? textContent : tagName)(document.activeElement)")
        if name in ("BODY", "HTML") or name in reached:
            break
        if name in ("A", "DIV"):
            continue
        assert desktop.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if not reached:
            desktop.keyboard.press("Enter")
            assert desktop.evaluate("document.activeElement.parentElement.open")
        reached.add(name)
    assert reached == set(desktop.locator("summary").all_text_contents()) and len(reached) > 15


def test_it_prints_light_and_whole(chromium: Browser, shop: Warehouse) -> None:
    for page in opened(chromium, shop, 1280, "dark"):
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')").strip() == "#ffffff"
        printed = page.pdf(format="A4", prefer_css_page_size=True, print_background=True)
        assert printed.startswith(b"%PDF") and len(re.findall(rb"/Type\s*/Page\b", printed)) in range(4, 16)


def test_it_names_nobody_and_asks_nobody(chromium: Browser, shop: Warehouse) -> None:
    text = (shop.folder / "reports" / "overview.html").read_text()
    assert not ADDRESS.search(re.sub(r"<style>.*?</style>", "", text, flags=re.S)) and not re.search(r"\+\d{8,}|p_\d{3}", text)
    assert "#fe00" not in text, "a colour was left as its placeholder"
    assert not re.search(r"\b(nan|NaN|NaT|None|undefined)\b|&lt;(function|built|bound)|object at 0x", text), (
        "something of Python's is shown"
    )
    assert (
        len(text) < 1_500_000 and "<script" not in text and "http" not in text.replace("http://www.w3.org/", "").replace("http-equiv", "")
    )
    blocked = """() => new Promise((done) => {
        document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
        document.body.append(Object.assign(document.createElement('img'), {src: 'data:image/gif;base64,R0lGODlhAQABAAAAACw='}));
    })"""
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto((shop.folder / "reports" / "overview.html").as_uri())
        assert page.evaluate(blocked) == "img-src"


def test_the_next_report_says_what_changed(shops: dict[str, Warehouse], chromium: Browser) -> None:
    for page in opened(chromium, shops["later"], 1280, "light"):
        assert "25 people are on the list of night owls, 5 more than on 30 June 2026." in page.locator("#audiences").inner_text()
        assert {row[0]: row[-1] for row in table(page, "audiences")} == {"Champions": 30, "Night owls": 20}
    remembered = json.loads((shops["later"].folder / "reports" / "overview.json").read_text())
    assert [one["audiences"]["night_owls"] for one in remembered] == [20, 25]


def test_the_command_makes_it_and_says_where_and_without_a_warehouse_what_to_do(shops: dict[str, Warehouse], tmp_path: Path) -> None:
    settings = Deployment(tmp_path).settings | {"REGULARS_CLOCK": "system"}
    page = shops["full"].folder / "reports" / "overview.html"
    before = page.read_text()
    page.unlink()
    done = regulars(shops["full"].folder, "report", **(settings | {"REGULARS_DATA": str(shops["full"].folder)}))
    assert (done.returncode, done.stdout) == (0, f"{page}\n{page.with_name('campaigns.html')}\n"), done.stderr
    assert "campaigns.html" in before and "overview.html" in page.with_name("campaigns.html").read_text(), "they lead to each other"
    assert page.read_text() == before, "the same warehouse makes the same page, whatever the clock says"
    done = regulars(tmp_path, "report", **(settings | {"REGULARS_DATA": str(tmp_path)}))
    assert done.returncode == 1 and "make run" in done.stderr


def test_a_shop_without_anything_gets_a_page_that_says_so(shops: dict[str, Warehouse], chromium: Browser) -> None:
    for page in opened(chromium, shops["empty"], 375, "light"):
        assert page.locator("section").count() == 10
        assert "Nobody has bought anything yet" in page.locator("#segments").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
