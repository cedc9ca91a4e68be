"""Tables from CSV files: the same declarations, the same rules; a line that is no row is kept with its number, and costs no other."""

import gzip
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from landing_kit import AS_OF, fill, holding, landed, order

from orchestration.landing import QUARANTINE, Landed, Landing, land_sql
from orchestration.sources import shop
from orchestration.sources.errors import SourceError

REFUNDS = "refund_id,order_id,amount,reason,refunded_at,updated_at"
AT = "2026-06-01 10:00:00,2026-06-01 10:00:00"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def refund(number: int, reason: str = "late") -> str:
    return f"r{number},o{number},2.50,{reason},{AT}"


def land(landing: Landing, text: str | bytes, days: int = 0, query: str = "", header: str | bytes = REFUNDS) -> Landed:
    folder = landing.root.parent / "files"
    folder.mkdir(exist_ok=True)
    body = text if isinstance(text, bytes) else text.encode()
    head = header if isinstance(header, bytes) else header.encode()
    (folder / "refunds.csv").write_bytes(head + b"\n" + body)
    return land_sql(shop.REFUNDS, f"csv://{folder}{query}", landing, AS_OF + timedelta(days=days))


def reasons(landing: Landing) -> dict[str, str | None]:
    return dict(landed(landing, shop.REFUNDS, "refund_id, reason"))


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


def test_the_values_are_those_of_a_database(tmp_path: Path, landing: Landing) -> None:
    rows: Sequence[dict[str, object]] = [order(1, coupon_code='a "b", c'), order(2, coupon_code="x\ny"), order(3, status="lost"), order(4)]
    fill(f"sqlite:///{tmp_path / 'shop.db'}", shop.ORDERS, rows)
    land_sql(shop.ORDERS, f"sqlite:///{tmp_path / 'shop.db'}", landing, AS_OF)
    other = Landing(tmp_path / "other")
    names = list(shop.ORDERS.column_names)[::-1]  # in any order
    quoted = [["" if row.get(name) is None else '"' + str(row[name]).replace('"', '""') + '"' for name in names] for row in rows]
    with gzip.open(tmp_path / "orders.csv.gz", "wt", encoding="utf-8-sig", newline="") as file:
        file.write(";".join(names) + "\r\n" + "".join(";".join(row) + "\r\n" for row in quoted))
    result = land_sql(shop.ORDERS, f"csv://{tmp_path}", other, AS_OF)
    assert (result.rows, dict(result.quarantined), result.warnings) == (3, {"status_unknown": 1}, [])
    everything = "* exclude (_landed_at)", "order by order_id"
    assert landed(other, shop.ORDERS, *everything) == landed(landing, shop.ORDERS, *everything)


BROKEN = {
    "too few values": (b"r2,o2,2.50", "it has 3 values where the first line names 6 columns"),
    "too many values": (refund(2).encode() + b",more", "it has 7 values where the first line names 6 columns"),
    "a quote that is never closed": (refund(2, '"late').encode(), "its quotes are wrong (',' expected after '\"')"),
    "text behind a quote": (refund(2, '"la"te').encode(), "its quotes are wrong (',' expected after '\"')"),
    "bytes that are no UTF-8": (refund(2, "l\xe4t").encode("latin-1"), "it is not UTF-8"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_line_that_is_no_row_is_kept_with_its_number_and_costs_no_other(landing: Landing, name: str) -> None:
    line, fault = BROKEN[name]
    text = lines(refund(1, '"two\nlines"')).encode() + line + b"\n" + lines(refund(3), "", refund(4, '"fine, too"')).encode()
    result = land(landing, text)
    assert reasons(landing) == {"r1": "two\nlines", "r3": "late", "r4": "fine, too"}
    assert dict(result.quarantined) == {"line_malformed": 1}
    ((key, detail, payload),) = landed(landing, QUARANTINE, "row_key, detail, payload")
    assert key == "line 4"
    assert detail == f"line 4 is no row: {fault}. Correct it in shop.refunds: it is read again with its file, or once it changes."
    assert "o2" in payload and ("l\\\\xe4t" in payload) == ("UTF-8" in fault)  # nothing of what came is lost
    again = land(landing, text, days=1)
    assert (again.rows, dict(again.quarantined), again.deleted) == (0, {}, 0)
    assert land(landing, lines(refund(1, '"two\nlines"'), refund(2), refund(3), refund(4, '"fine, too"')), days=2).rows == 1


def test_only_what_changed_lands_and_what_is_gone_is_deleted(landing: Landing) -> None:
    many = [refund(number).replace("2026-06-01", f"2025-06-{number + 1:02}") for number in range(10)]
    assert land(landing, lines(*many)).rows == 10
    assert land(landing, lines(*many)).rows == 0
    again = land(landing, lines(*many[:9], refund(10), refund(1, "broken")), days=1)  # r9 is gone, r1 twice: as it was, and changed
    assert (again.rows, again.deleted) == (2, 1)
    assert [row[0] for row in holding(landing, shop.REFUNDS, "refund_id")] == sorted(f"r{number}" for number in (*range(9), 10))


def test_a_malformed_line_may_be_the_missing_row(landing: Landing) -> None:
    many = [refund(number) for number in range(10)]
    land(landing, lines(*many))
    result = land(landing, lines(*many[:9], "r9,o9"), days=1)
    assert (result.deleted, result.withheld) == (0, 0)
    assert "deletes are not looked for" in result.warnings[0]


def test_the_delimiter_is_found_or_told(landing: Landing) -> None:
    assert land(landing, refund(1, "a;b") + "\n").rows == 1
    assert land(landing, refund(2).replace(",", "\t"), header=REFUNDS.replace(",", "\t"), days=1).rows == 1
    odd = land(landing, refund(3, "a;b").replace(",", "~"), header=REFUNDS.replace(",", "~"), query="?delimiter=~", days=2)
    assert odd.rows == 1


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "does not name each column once: it is empty"),
        ("refund_id,refund_id,amount", "does not name each column once: refund_id, refund_id, amount"),
        (f"{REFUNDS},größe".encode("latin-1"), r"refunds.csv is not UTF-8"),
        (f"{REFUNDS}\n".encode("utf-16"), r"is not UTF-8 \(what Excel calls Unicode text is UTF-16\)"),
        ("r1,o1,ann@example.com,late", "names none of the columns that are declared, as if it were a row. Write"),
        (REFUNDS.replace("amount", "sum"), "column amount is missing; found: refund_id, order_id, sum, reason"),
    ],
)
def test_a_header_that_is_not_as_declared_is_told(landing: Landing, header: str | bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        land(landing, refund(1), header=header)
    assert landing.files(shop.REFUNDS) == []


def test_a_missing_file_a_wrong_url_and_half_an_archive_are_told(tmp_path: Path, landing: Landing) -> None:
    (tmp_path / "orders.csv").touch()
    with pytest.raises(SourceError, match=r"there is no file .*refunds.csv or .csv.gz; found: orders.csv"):
        land_sql(shop.REFUNDS, f"csv://{tmp_path}", landing, AS_OF)
    with pytest.raises(SourceError, match="names no folder"):
        land_sql(shop.REFUNDS, "csv://files", landing, AS_OF)
    whole = gzip.compress((REFUNDS + "\n" + lines(*(refund(number) for number in range(500)))).encode())
    (tmp_path / "refunds.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match="cannot be unpacked"):
        land_sql(shop.REFUNDS, f"csv://{tmp_path}", landing, AS_OF)
    assert landing.files(shop.REFUNDS) == []


def test_a_file_that_changes_while_it_is_read_lands_nothing(tmp_path: Path, landing: Landing) -> None:
    path = tmp_path / "refunds.csv"
    path.write_text(REFUNDS + "\n" + lines(*(refund(number) for number in range(50))))

    def grow(_: str) -> None:
        with path.open("a") as file:
            file.write(refund(99) + "\n")

    with pytest.raises(SourceError, match="changed while it was read"):
        land_sql(shop.REFUNDS, f"csv://{tmp_path}", landing, AS_OF, grow)
    assert landing.files(shop.REFUNDS) == []
    assert land_sql(shop.REFUNDS, f"csv://{tmp_path}", landing, AS_OF).rows == 51
