"""Which provider gets what, by dbt_project.yml and the environment: what is wrong is named, with the line or variable to change."""

from pathlib import Path

import pytest

from activations.destination import Work
from orchestration.delivery_policy import PolicyError, SyncRule
from orchestration.destinations import DestinationError, destinations, message_destinations, policy_of, vendor_of
from orchestration.resources import Folders, Outside
from orchestration.vendors import VENDORS

SECRET = "unspeakable"
OUTSIDE = Outside(shop_url="", crm_url="", ga4_folder="", events_folder="", ledger_url="")


def project(folder: Path, *syncs: str, email: str = "klaviyo") -> Path:
    path = folder / "dbt_project.yml"
    lines = ["vars:", "  audiences: [champions, sunset]", f"  destination_email: {email}", "  destination_sms: twilio", "  syncs:"]
    path.write_text("\n".join([*lines, *(f"    - {entry}" for entry in syncs)]) + "\n")
    return path


def test_the_project_s_own_policy_names_known_destinations() -> None:
    policy = policy_of()
    assert policy.messages == {"email": "klaviyo", "sms": "twilio"}
    assert policy.syncs == (SyncRule("klaviyo", "mirror"), SyncRule("csv_file", "mirror"))
    assert policy.names == ("klaviyo", "twilio", "csv_file")


def test_a_rule_is_about_its_audiences_or_about_all(tmp_path: Path) -> None:
    several = "{destination: klaviyo, mode: mirror}", "{destination: csv_file, mode: append, audiences: [sunset]}"
    everything, some = policy_of(project(tmp_path, *several)).syncs
    assert [everything.takes("champions"), some.takes("champions"), some.takes("sunset")] == [True, False, True]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("klaviyo", "'klaviyo' is no sync; write it like {destination: klaviyo, mode: mirror}"),
        ("{destination: klaviyo}", "is no sync"),
        ("{destination: klaviyo, mode: mirror, audience: sunset}", "is no sync"),
        ("{destination: klavyo, mode: mirror}", "no destination is called 'klavyo'; there are klaviyo, "),
        ("{destination: klaviyo, mode: mirorr}", "the mode 'mirorr' is not known; write mirror, upsert or append"),
        ("{destination: klaviyo, mode: mirror, audiences: [sunsett]}", "sunsett stands not in vars.audiences"),
        ("{destination: klaviyo, mode: mirror, audiences: sunset}", "audiences is a list of names"),
        ("{destination: csv_file, mode: upsert, audiences: [sunset]}", "csv_file gets the same audience twice"),
    ],
)
def test_what_is_wrong_is_said_with_the_line_to_change(tmp_path: Path, entry: str, words: str) -> None:
    with pytest.raises(PolicyError) as raised:
        policy_of(project(tmp_path, "{destination: csv_file, mode: mirror}", entry))
    assert str(raised.value).startswith(f"{tmp_path.name}/dbt_project.yml, line 7: vars.syncs: ") and words in str(raised.value)


def test_an_unknown_provider_of_messages_and_a_missing_list_are_said_too(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"line 3: vars\.destination_email: no destination is called 'pigeon'"):
        policy_of(project(tmp_path, email="pigeon"))
    with pytest.raises(PolicyError, match=r"line 5: vars\.syncs is no list"):
        policy_of(project(tmp_path))


def test_only_what_is_named_is_made_and_each_missing_variable_is_named(
    environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = Folders(root=str(tmp_path))
    assert destinations(["csv_file"], OUTSIDE, folders)["csv_file"].name == "csv_file"
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", SECRET)
    with pytest.raises(DestinationError) as raised:
        destinations(["klaviyo", "twilio", "csv_file"], OUTSIDE, folders)
    assert "klaviyo needs KLAVIYO_API_KEY; twilio needs TWILIO_ACCOUNT_SID and TWILIO_SENDER:" in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_second_account_has_a_name_and_variables_of_its_own(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [vendor_of(name) for name in ("klaviyo", "klaviyo_uk", "klaviyouk", "csv_file")] == ["klaviyo", "klaviyo", None, "csv_file"]
    monkeypatch.setenv("KLAVIYO_UK_API_KEY", SECRET)
    made = destinations(["klaviyo_uk"], OUTSIDE, Folders(root=str(tmp_path)))["klaviyo_uk"]
    assert made.name == "klaviyo_uk" and SECRET not in repr(vars(made))


def test_every_variable_is_in_the_example_and_every_vendor_in_the_policy_s_list() -> None:
    root = Path(__file__).parents[2]
    example, policy = (root / ".env.example").read_text(), (root / "dbt_project" / "dbt_project.yml").read_text()
    needed = {f"{name.upper()}_{need}" for name, vendor in VENDORS.items() for need in (*vendor.needs, *vendor.needs_to_write)}
    assert not [variable for variable in sorted(needed) if f"\n{variable}=" not in example]
    assert not [name for name in VENDORS if name not in policy.split("# delivery:")[1].split("destination_email:")[0]]


def test_a_channel_s_destination_must_take_messages(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KLAVIYO_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("TWILIO_SENDER", "+15005550006")
    made = message_destinations(policy_of(), OUTSIDE, Folders(root=str(tmp_path)))
    assert all(Work.MESSAGE in destination.abilities for destination in made.values()) and list(made) == ["klaviyo", "twilio"]


#: What is no secret, or must look like something.
SETTINGS = {
    "MAILCHIMP_API_KEY": f"{SECRET}-us6",
    "WEBHOOK_URL": "https://hooks.shop.test/in",
    "WEBHOOK_SECRET": f"{SECRET}-and-long-enough",
    "MAILCHIMP_AUDIENCE_ID": "a1b2c3",
    "SMTP_HOST": "mail.shop.test",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_SENDER": "+15005550006",
    **{f"{vendor}_SENDER": "Shop <shop@shop.test>" for vendor in ("SENDGRID", "MAILCHIMP_TRANSACTIONAL", "SMTP", "BREVO")},
}


@pytest.mark.parametrize("name", VENDORS)
def test_each_vendor_is_made_from_what_it_needs_and_shows_no_secret(
    environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    vendor, folders = VENDORS[name], Folders(root=str(tmp_path))
    needed = [f"{name.upper()}_{need}" for need in (*vendor.needs, *vendor.needs_to_write)]
    if needed:
        with pytest.raises(DestinationError) as raised:
            destinations([name], OUTSIDE, folders, for_messages=True)
        assert all(variable in str(raised.value) for variable in needed)
    for variable in needed:
        monkeypatch.setenv(variable, SETTINGS.get(variable, SECRET))
    for own in (name, f"{name}_uk"):
        for variable in needed:
            monkeypatch.setenv(variable.replace(name.upper(), own.upper(), 1), SETTINGS.get(variable, SECRET))
        made = destinations([own], OUTSIDE, folders, for_messages=True)[own]
        assert made.name == own and SECRET not in repr(vars(made))


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [("SMTP_SECURITY", "ssl", "SMTP_SECURITY is 'ssl'; write starttls"), ("SMTP_PORT", "x", "SMTP_PORT is no whole number"),
        ("SMTP_ONE_CLICK", "yes", "SMTP_ONE_CLICK is true or false")],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named(
    environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    for name, given in {"SMTP_HOST": "mail.shop.test", "SMTP_SENDER": "shop@shop.test", variable: value}.items():
        monkeypatch.setenv(name, given)
    with pytest.raises(DestinationError) as raised:
        destinations(["smtp"], OUTSIDE, Folders(root=str(tmp_path)))
    assert words in str(raised.value)
