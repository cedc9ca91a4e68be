"""Data docs: what each gate expects and what it found, as pages that need no network. No value of a row is on them, only keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from expectations.gate import GateResult, Outcome

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --good: #1a7f4b; --warning: #9a6700; --critical: #c4314b }
@media (prefers-color-scheme: dark) { :root { --good: #5fd39a; --warning: #e3b341; --critical: #ff7b8f } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line) }
.good { color: var(--good) } .warning, .info { color: var(--warning) } .critical { color: var(--critical) } small { opacity: .8 }
@media (max-width: 40rem) {
  table, tbody, tr, td { display: block } thead { display: none }
  td { border: 0; padding: .1rem 0 } tr { padding: .6rem 0; border-bottom: 1px solid var(--line) }
}
"""


@dataclass(frozen=True)
class Judged:
    """A gate's last result, with what the gate is about, and the run and its clock."""

    result: GateResult
    about: str
    run_id: str
    as_of: datetime

    @property
    def state(self) -> str:
        """good, warning, info or critical."""
        return self.result.severity or "good"


_WORDS = {"good": "as expected", "warning": "warning", "info": "note", "critical": "blocked"}


def gate_page(judged: Judged) -> str:
    """The page of one gate: every expectation, whether it was met, and what to do where it was not. HTML."""
    rows = "".join(_row(outcome) for outcome in sorted(judged.result.outcomes, key=lambda outcome: outcome.passed))
    body = (
        f'<p><a href="index.html">all gates</a></p><h1>{escape(judged.result.suite)}</h1><p>{escape(judged.about)}</p>'
        f'<p><strong class="{judged.state}">{_WORDS[judged.state]}</strong>, {judged.result.rows:,} rows judged'
        f" as of {judged.as_of:%Y-%m-%d %H:%M} UTC in run {escape(judged.run_id)}.</p>"
        "<table><thead><tr><th>outcome</th><th>column</th><th>expected</th><th>found, and what to do</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    return _page(judged.result.suite, body)


def _row(outcome: Outcome) -> str:
    found = ("good", "met") if outcome.passed else (outcome.severity, outcome.severity)
    where = f"<br><small>where {escape(outcome.where)}</small>" if outcome.where else ""
    said = escape(outcome.said) or f"<small>if not, {_WORDS[outcome.severity]}: {escape(outcome.todo)}</small>"
    return (
        f'<tr><td class="{found[0]}">{found[1]}</td><td>{escape(outcome.column or "the table")}</td>'
        f"<td>{escape(outcome.rule)}{where}</td><td>{said}</td></tr>"
    )


def index_page(states: Mapping[str, tuple[str, str]]) -> str:
    """The list of gates. states: of each gate's name its state and when it was judged, as texts. HTML."""
    order: Iterable[str] = sorted(states, key=lambda name: (["critical", "warning", "info", "good"].index(states[name][0]), name))
    rows = "".join(
        f'<tr><td class="{states[name][0]}">{_WORDS[states[name][0]]}</td><td><a href="{escape(name)}.html">{escape(name)}</a></td>'
        f"<td>{escape(states[name][1])}</td></tr>"
        for name in order
    )
    head = "<h1>Gates</h1><p>What is expected of each table before anything is built on it, and what was found when it was judged last.</p>"
    return _page(
        "Gates", f"{head}<table><thead><tr><th>outcome</th><th>gate</th><th>as of (UTC)</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>\n"
    )
