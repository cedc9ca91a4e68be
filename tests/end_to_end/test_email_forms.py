"""An e-mail address is one address however it is written, and the same one for the warehouse and for what providers say."""

import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warehouse_kit import _settings, parsed

from activations.addresses import email_in

ANN = "ann@example.com"
FORMS = {
    ANN: ANN,
    " ANN@Example.COM\t": ANN,
    "ann@example.com;": ANN,
    "ann@example.com.": ANN,
    "Please: ann@example.com!": None,
    "<ann@example.com>": ANN,
    "ann@example.com>": ANN,
    "Ann Smith <ann@example.com>": ANN,
    '"Smith, Ann" <ann@example.com>': ANN,
    "ann@work.example <ann@example.com>": ANN,
    "Ann <ann@example.com>, Bob <bob@example.com>": None,
    "ann@example.com, bob@example.com": None,
    "mailto:ann@example.com": ANN,
    "MAILTO:ann@example.com?subject=hello there": ANN,
    "<mailto: ann@example.com>": ANN,
    '"ann"@example.com': ANN,
    "'ann@example.com'": ANN,
    "“ann@example.com”": ANN,
    "(ann@example.com)": ANN,
    "o'brien@example.com": "o'brien@example.com",
    "\u200bann@example.com": ANN,
    "an\u200bn@exam\u00adple.com\ufeff": ANN,
    "ann@example.com\x00": ANN,
    "\xa0ann@example.com\u3000": ANN,
    "ann\xa0@example.com": None,
    "ann @example.com": None,
    "ann＠example．com": ANN,
    "ＡＮＮ@example.com": ANN,
    "ann@example..com": None,
    "ann@.example.com": None,
    "ann@example,com": None,
    "ann@@example.com": None,
    "@example.com": None,
    "ann@": None,
    "": None,
    "n/a": None,
    "a..nn@example.com": "a..nn@example.com",  # some networks gave such out
    "ann+news_1@sub-domain.example.co.uk": "ann+news_1@sub-domain.example.co.uk",
    "jürgen@bücher.example": "jürgen@bücher.example",
    "JÜRGEN@BÜCHER.example": "jürgen@bücher.example",
    "x" * 65 + "@example.com": None,
}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The rule as dbt compiles it, as a macro `normalized`."""
    from dbt.cli.main import dbtRunner

    folder: Path = tmp_path_factory.mktemp("forms")
    variables = json.dumps({"matching": False})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_DATA", str(folder))
        patch.setenv("REGULARS_AS_OF", "2026-06-15 09:00:00")
        words = ["compile", "--inline", "{{ normalized_email('given') }}", *_settings(variables, folder)]
        ended = dbtRunner(manifest=parsed(variables)).invoke(words)
    assert ended.success, ended.exception
    connection = duckdb.connect()
    connection.execute(f"create macro normalized(given) as {ended.result.results[0].node.compiled_code}")
    return connection


def _normalized(warehouse: duckdb.DuckDBPyConnection, text: str) -> str | None:
    (found,) = warehouse.execute("select normalized(?)", [text]).fetchone() or (None,)
    return None if found is None else str(found)


@pytest.mark.parametrize("written", FORMS)
def test_each_form_is_the_address_or_none(warehouse: duckdb.DuckDBPyConnection, written: str) -> None:
    assert _normalized(warehouse, written) == FORMS[written]
    found = email_in(written)
    assert (found.lower() if found else found) == FORMS[written]


PIECES = st.sampled_from(
    [*"ab@@..<>\"'?:;, \t\n\x0b\x85\xa0\x00\x7f()[]{}/\\^`|~_-+=!﹫＠．｡Ａ\u200b\u2069\ufeff\u3000\u0301é", "mailto:", "@b.co", "a@"]
)


@settings(deadline=None, max_examples=600)
@given(written=st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=20).map(lambda text: text.encode(errors="ignore").decode()))
def test_the_warehouse_and_what_providers_say_agree(warehouse: duckdb.DuckDBPyConnection, written: str) -> None:
    found, normalized = email_in(written), _normalized(warehouse, written)
    assert found is not None or normalized is None
    if found is not None and "." not in found.partition("@")[2]:
        assert normalized is None, "no mail goes to a host without a dot"
    elif found is not None:
        assert _normalized(warehouse, found) == normalized, "what is landed is read again"
        assert warehouse.execute("select lower(?)", [found]).fetchone() == (normalized,)
        assert _normalized(warehouse, str(normalized)) == normalized
