"""What the command line sets before anything runs: what is missing, never what is set; and no demo beside a real shop."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from provider_kit import set_clock

from orchestration import environment as product
from orchestration.environment import data_folder, demo_provider, prepare, use_world
from orchestration.resources import now

pytestmark = pytest.mark.usefixtures("environment")
LOCAL = f"http://127.0.0.1:{product.INBOX_PORT}"


@pytest.fixture(autouse=True)
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone without the .env of whoever runs the tests."""
    monkeypatch.setattr(product, "ROOT", tmp_path / "clone")
    (tmp_path / "clone").mkdir()
    return tmp_path / "clone"


def test_without_a_shop_everything_points_at_the_demo(clone: Path) -> None:
    demo = prepare()
    data = clone / "data"
    assert demo == data / "demo" and data_folder() == data
    assert os.environ["SHOP_URL"] == f"sqlite:///{demo}/shop.db"
    assert os.environ["GA4_FOLDER"] == str(demo / "ga4")
    assert os.environ["REGULARS_CLOCK"] == str(demo / "clock.json")
    assert os.environ["LEDGER_URL"] == f"sqlite:///{data}/ledger.db"
    assert os.environ["DAGSTER_HOME"] == str(data / "dagster_home")
    assert os.environ["KLAVIYO_URL"] == os.environ["TWILIO_URL"] == LOCAL
    settings = (data / "dagster_home" / "dagster.yaml").read_text()
    assert "telemetry: {enabled: false}" in settings and os.environ["DO_NOT_TRACK"] == "1"


def test_the_data_folder_is_where_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path / "elsewhere"))
    assert prepare() == tmp_path / "elsewhere" / "demo"


def test_the_argument_comes_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path / "elsewhere"))
    assert prepare(tmp_path / "told") == tmp_path / "told" / "demo"
    assert not (tmp_path / "elsewhere").exists()


def test_with_a_shop_there_is_no_demo_and_nothing_that_is_set_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = {
        "SHOP_URL": "postgresql+psycopg://shop.example/shop",
        "KLAVIYO_URL": "https://a.klaviyo.com",
        "KLAVIYO_API_KEY": "pk_mine",
        "LEDGER_URL": "postgresql+psycopg://ledger.example/ledger",
        "TWILIO_STATUS_CALLBACK": "https://mine.example/twilio",
        "OMP_WAIT_POLICY": "active",
    }
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    assert prepare() is None
    assert {name: os.environ[name] for name in mine} == mine
    assert os.environ["REGULARS_CLOCK"] == "system"
    assert "CRM_URL" not in os.environ and "TWILIO_URL" not in os.environ  # named when a run needs them, never guessed


def test_a_clock_that_is_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "sqlite:///mine.db")
    monkeypatch.setenv("REGULARS_CLOCK", "/mine/clock.json")
    prepare()
    assert os.environ["REGULARS_CLOCK"] == "/mine/clock.json"


def test_the_env_file_is_read_and_the_environment_comes_before_it(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone / ".env").write_text("SHOP_URL=sqlite:///from_file.db\nCRM_URL=sqlite:///from_file.db\n")
    monkeypatch.setenv("CRM_URL", "sqlite:///mine.db")
    assert prepare() is None
    assert os.environ["SHOP_URL"] == "sqlite:///from_file.db" and os.environ["CRM_URL"] == "sqlite:///mine.db"


def test_the_example_as_it_is_means_the_demo(clone: Path) -> None:
    example = Path(product.__file__).resolve().parents[1] / ".env.example"
    (clone / ".env").write_text(example.read_text().replace("REGULARS_DATA=data", f"REGULARS_DATA={clone / 'data'}"))
    assert prepare() == clone / "data" / "demo"
    assert os.environ["SHOP_URL"].startswith("sqlite:///")


def test_the_demo_never_speaks_to_a_real_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend customers, a real key: the one thing that is set and yet replaced."""
    monkeypatch.setenv("KLAVIYO_URL", "https://a.klaviyo.com")
    monkeypatch.setenv("KLAVIYO_API_KEY", "pk_live")
    monkeypatch.setenv("TWILIO_URL", "https://api.twilio.com")
    prepare()
    assert (os.environ["KLAVIYO_URL"], os.environ["TWILIO_URL"]) == (LOCAL, LOCAL)
    assert "live" not in os.environ["KLAVIYO_API_KEY"]


def test_a_world_of_its_own_may_have_databases_elsewhere(tmp_path: Path) -> None:
    use_world(tmp_path, "sqlite:///shop", "sqlite:///crm")
    assert (os.environ["SHOP_URL"], os.environ["CRM_URL"], os.environ["GA4_FOLDER"]) == (
        "sqlite:///shop",
        "sqlite:///crm",
        f"{tmp_path}/ga4",
    )


def test_the_demo_s_provider_is_there_for_the_block_and_gone_after(clone: Path) -> None:
    demo = prepare()
    assert demo is not None
    set_clock(demo)
    assert now() == datetime(2026, 6, 30, 9, tzinfo=UTC) == datetime.fromisoformat(json.loads((demo / "clock.json").read_text())["as_of"])
    with demo_provider(demo):
        url = os.environ["KLAVIYO_URL"]
        assert url == os.environ["TWILIO_URL"] != LOCAL
        assert requests.get(url, timeout=30).ok
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_a_shop_that_is_no_database_is_no_demo_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product, "systems", lambda: ("shopify", "ga4"))
    assert prepare() is None
    assert (os.environ["SHOP_URL"], os.environ["REGULARS_CLOCK"]) == ("", "system")
