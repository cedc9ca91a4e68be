"""The command `regulars campaigns`: a name that there is not is said at once."""

from click.testing import CliRunner

from orchestration.campaigns_command import campaigns


def test_a_campaign_that_there_is_not_is_said_before_the_project_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("REGULARS_DATA", str(tmp_path / "data"))
    for asked in (["no_such"], ["cart_abandoned", "--among", "no_such"]):
        said = CliRunner().invoke(campaigns, ["backtest", *asked, "--until", "2026-06-30T09:00:00"])
        assert said.exit_code == 1
        assert "no campaign is called no_such; there are" in said.output and "cart_abandoned" in said.output
        assert "reading the project" not in said.output
