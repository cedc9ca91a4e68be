"""What several tests stand on: a small pretend world, the product set up on a copy of it, an environment that is put back."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest

if TYPE_CHECKING:
    from shell_kit import Deployment


@pytest.fixture(scope="session")
def made_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo world of 80 customers with its last five days of events. Not to be changed: set a Deployment up on it."""
    from demo_world import make

    folder = make(tmp_path_factory.mktemp("made") / "demo", customers=80)
    for day in sorted((folder / "ga4").iterdir())[:-5]:
        day.unlink()
    return folder


@pytest.fixture
def deployment(made_world: Path, tmp_path: Path) -> "Deployment":
    """The product on a fresh copy of the world."""
    from shell_kit import Deployment

    return Deployment(tmp_path, made_world)


@pytest.fixture
def environment() -> Iterator[None]:
    """None of the product's variables set, and everything as it was afterwards."""
    with mock.patch.dict(os.environ):
        for name in list(os.environ):
            if name.startswith(("REGULARS_", "SHOP_", "CRM_", "GA4_", "LEDGER_", "KLAVIYO_", "TWILIO_", "DAGSTER_HOME")):
                del os.environ[name]
        yield
