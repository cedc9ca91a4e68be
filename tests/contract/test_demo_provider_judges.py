"""A provider that has the vendors' specifications says which requests do not fit them, and tells nobody's address."""

import json
from pathlib import Path

import pytest
import requests
from provider_kit import Klaviyo, SendGrid, get_sms, send_sms, single

from demo.provider.server import running

CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"
pytestmark = pytest.mark.skipif(not CONTRACTS.is_dir(), reason="the vendors' specifications are not beside the repository")


def test_requests_are_judged(tmp_path):
    with running(tmp_path, specifications=CONTRACTS) as provider:
        klaviyo, sendgrid = Klaviyo(provider.url), SendGrid(provider.url)
        assert klaviyo.post("/api/events", single("ann@example.com", "k")).status_code == 202
        assert send_sms(provider.url).status_code == 201 and get_sms(provider.url).status_code == 200
        assert sendgrid.upsert([{"email": "ann@example.com"}]).status_code == 202
        assert sendgrid.mail("ann@example.com").status_code == 202
        sendgrid("GET", "suppression/bounces")
        stats = requests.get(provider.url + "/_stats", timeout=30).json()
        assert not any(found.get("specification") for found in stats["violations"].values())
        assert stats["specifications"]["unjudged"] == {"GET /v3/suppression/bounces": 1}
        wrong = single("ann@example.com", "k")
        wrong["data"]["attributes"]["uniqueid"] = "ann@example.com"
        klaviyo.post("/api/events", wrong)
        klaviyo.session.headers["revision"] = "latest"
        klaviyo.get("/api/metrics")
        sendgrid.upsert([{"email": "ann@example.com", "tags": ["ann@example.com"], "last_name": None}])
        requests.get(provider.url + "/v3/marketing/lists", timeout=30)
        stats = requests.get(provider.url + "/_stats", timeout=30).json()
        reasons = stats["specifications"]["reasons"]
        assert "additionalProperties uniqueid" in str(reasons["POST /api/events"])
        assert reasons["GET /api/metrics"] == {"header revision": 1}
        assert "tags" in str(reasons["PUT /v3/marketing/contacts"])
        assert "header authorization" in reasons["GET /v3/marketing/lists"]
        assert sum(found.get("specification", 0) for found in stats["violations"].values()) == 4
        assert "example.com" not in json.dumps(stats)


def test_a_provider_without_them_judges_nothing(tmp_path):
    with running(tmp_path, specifications=tmp_path / "nowhere") as provider:
        assert requests.get(provider.url + "/_stats", timeout=30).json()["specifications"] == {}
