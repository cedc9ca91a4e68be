"""What `regulars experiments` says of a warehouse, and what it writes down."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from experiment_shop import Shop

from orchestration.cli import main

Run = Callable[..., str]


@pytest.fixture
def asked(tmp_path: Path, environment: None) -> tuple[Shop, Run]:
    """A shop whose experiment has run for ten days, and the command on it."""
    shop = Shop(tmp_path)
    shop.run(10)

    def run(*words: str, fails: bool = False) -> str:
        os.environ.update({name: shop.settings[name] for name in ("REGULARS_DATA", "REGULARS_CLOCK", "SHOP_URL")})
        result = CliRunner().invoke(main, ["experiments", *words])
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    return shop, run


def test_status_show_and_verdicts_say_where_it_stands_and_why(asked: tuple[Shop, Run]) -> None:
    _, run = asked
    assert "cart:subject  test  short  too early" in run("status")
    shown = run("show", "cart:subject")
    assert "Shorter is read." in shown and "usual: 50.0%, what the others are compared with" in shown and "the plan:" in shown
    assert "continue (by rules)" in run("verdicts")
    assert "there is no experiment nothing" in run("show", "nothing", fails=True)


def test_a_person_stops_and_resumes_by_name(asked: tuple[Shop, Run]) -> None:
    _, run = asked
    assert "said by anna" in run("stop", "cart:subject", "--by", "anna", "--because", "a wrong link")
    assert "does not run: it is stopped" in run("stop", "cart:subject", "--by", "anna", fails=True)
    assert "stop (by anna)" in run("verdicts", "cart:subject")
    assert "the next run acts on it" in run("resume", "cart:subject", "--by", "anna")
    assert "names who gives it" in run("stop", "cart:subject", "--by", " ", fails=True)
    assert run("verdicts", "holdout") == "nothing was decided of holdout yet; regulars experiments status says where each stands\n"


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path, environment: None) -> None:
    os.environ.update(REGULARS_DATA=str(tmp_path), SHOP_URL="sqlite://", REGULARS_CLOCK="system")
    result = CliRunner().invoke(main, ["experiments", "status"])
    assert result.exit_code == 1 and "make run" in result.output
    result = CliRunner().invoke(main, ["experiments", "import", "none.csv", "--name", "Not So", "--control", "a"])
    assert result.exit_code == 2 and "small letters" in result.output
