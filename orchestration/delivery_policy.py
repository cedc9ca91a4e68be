"""Which provider gets what: `destination_email`, `destination_sms`, `syncs` of dbt_project.yml, checked; errors name the line to change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orchestration.systems import PROJECT

MODES = ("mirror", "upsert", "append")
CHANNELS = ("email", "sms")
EXAMPLE = "write it like {destination: klaviyo, mode: mirror}, with audiences: [champions, sunset] where it is not all of them"


class PolicyError(ValueError):
    """dbt_project.yml says something of delivery that cannot be done; the message names the line and what to write."""


@dataclass(frozen=True, slots=True)
class SyncRule:
    """One line of vars.syncs: where audiences go and how. audiences: None for all of them."""

    destination: str
    mode: str
    audiences: tuple[str, ...] | None = None

    def takes(self, audience: str) -> bool:
        """Whether it is about this audience."""
        return self.audiences is None or audience in self.audiences


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """messages: the destination of each channel; syncs: where audiences go."""

    messages: Mapping[str, str]
    syncs: tuple[SyncRule, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every destination that is named, once."""
        return tuple(dict.fromkeys((*self.messages.values(), *(rule.destination for rule in self.syncs))))


def delivery_policy(is_known: Callable[[str], bool], known: Iterable[str], project: Path = PROJECT) -> DeliveryPolicy:
    """is_known: whether a destination of that name can be made; known: what to offer where it cannot. Raises PolicyError."""
    said = _Said(project)

    def checked(name: Any, line: int, where: str) -> str:
        if not isinstance(name, str) or not is_known(name):
            raise said.error(line, f"{where}: no destination is called {name!r}; there are {', '.join(known)}")
        return name

    messages = {}
    for channel in CHANNELS:
        place = f"destination_{channel}"
        value, line = said.variable(place)
        messages[channel] = checked(value, line, f"vars.{place}")
    listed, line = said.variable("syncs")
    if not isinstance(listed, list):
        raise said.error(line, f"vars.syncs is no list; {EXAMPLE}")
    audiences = said.variable("audiences")[0] or []
    rules: list[SyncRule] = []
    for entry, line in zip(listed, said.lines_of("syncs"), strict=True):
        if not isinstance(entry, dict) or not {"destination", "mode"} <= entry.keys() <= {"destination", "mode", "audiences"}:
            raise said.error(line, f"vars.syncs: {entry!r} is no sync; {EXAMPLE}")
        if entry["mode"] not in MODES:
            raise said.error(line, f"vars.syncs: the mode {entry['mode']!r} is not known; write {', '.join(MODES[:-1])} or {MODES[-1]}")
        rule = SyncRule(checked(entry["destination"], line, "vars.syncs"), entry["mode"], _audiences(entry, audiences, line, said))
        for other in rules:
            if other.destination == rule.destination and _overlap(rule, other):
                raise said.error(line, f"vars.syncs: {rule.destination} gets the same audience twice; let one line have it")
        rules.append(rule)
    return DeliveryPolicy(messages, tuple(rules))


def _audiences(entry: Mapping[str, Any], declared: list[str], line: int, said: _Said) -> tuple[str, ...] | None:
    named = entry.get("audiences")
    if named is None:
        return None
    if not isinstance(named, list) or not named:
        raise said.error(line, "vars.syncs: audiences is a list of names; leave it out for all of them")
    if strangers := [str(name) for name in named if name not in declared]:
        raise said.error(line, f"vars.syncs: {', '.join(strangers)} stands not in vars.audiences")
    return tuple(named)


def _overlap(one: SyncRule, other: SyncRule) -> bool:
    return one.audiences is None or other.audiences is None or bool({*one.audiences} & {*other.audiences})


class _Said:
    """The variables of the project's file, each with its line."""

    def __init__(self, project: Path) -> None:
        self._project = project
        text = project.read_text(encoding="utf-8")
        self._values: dict[str, Any] = (yaml.safe_load(text) or {}).get("vars") or {}
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        found = [value for key, value in (root.value if root else []) if key.value == "vars"]
        self._nodes: dict[str, yaml.Node] = {key.value: value for key, value in found[0].value} if found else {}

    def variable(self, name: str) -> tuple[Any, int]:
        if name not in self._nodes:
            raise self.error(0, f"vars.{name} is missing")
        return self._values[name], self._nodes[name].start_mark.line + 1

    def lines_of(self, name: str) -> list[int]:
        return [node.start_mark.line + 1 for node in self._nodes[name].value]

    def error(self, line: int, words: str) -> PolicyError:
        place = f"{self._project.parent.name}/{self._project.name}" + (f", line {line}" if line else "")
        return PolicyError(f"{place}: {words}")
