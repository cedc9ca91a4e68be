"""Interests against pandas, over random people: what each sign weighs, fades to and comes to beside the others."""

import random
from datetime import timedelta

import pandas as pd
import pytest
from warehouse_kit import Warehouse, moment

NOW = moment(2026, 6, 15, 9)
PEOPLE = [f"p{number}" for number in range(25)]
WEIGHTS, HALF_LIFE = {"bought": 5, "carted": 3, "searched": 2, "viewed": 1, "read": 1}, 40
LEVELS = ["lowest", "low", "middle", "high", "highest"]


class World:
    """Tables that interests rest on, with people who are nobody, things that the catalogue lacks and days that are long ago."""

    def __init__(self) -> None:
        r = random.Random(7)
        self.products = pd.DataFrame(
            [(f"i{n}", f"Thing {n}", r.choice(["mugs", "hats", None]), r.choice(["Acme", None]), r.choice([5, 5, 9, 20, 70, None]))
             for n in range(30)],
            columns=["product_id", "name", "category", "brand", "price_amount"],
        )  # fmt: skip
        catalogue = self.catalogue()
        self.orders, self.lines, self.sessions, self.seen, self.topics, self.searches = ([] for _ in range(6))
        for _ in range(150):
            person, at, paid = r.choice([*PEOPLE, None]), NOW - timedelta(days=r.randrange(400), hours=r.randrange(24)), r.random() < 0.8
            self.orders.append((person, at, paid, r.choice([None, None, "SPRING"]), r.choice([0, 0, 4])))
            for _ in range(r.randrange(4)):
                product = f"i{r.randrange(33)}"
                known = catalogue.get(product, {"category": None, "brand": None})
                self.lines.append((person, product, known["category"], known["brand"], at, paid))
        for number in range(150):
            person, at = r.choice([*PEOPLE, None]), NOW - timedelta(days=1 + r.randrange(400), hours=r.randrange(24))
            self.sessions.append((f"s{number}", person, at + timedelta(hours=20)))
            for product in r.sample(range(36), r.randrange(4)):
                views, carts = r.randrange(3), r.randrange(2)
                self.seen.append((f"s{number}", f"i{product}", r.choice(["mugs", "pots"]), "Best", at + timedelta(hours=r.randrange(20)),
                                  views, carts if views else 1))  # fmt: skip
            if r.random() < 0.3:
                self.topics.append((f"s{number}", r.choice(["tea", "pots"]), at, r.randrange(1, 4)))
            if r.random() < 0.3:
                self.searches.append((f"s{number}", person, r.choice(["tea", "mug"]), at))

    def catalogue(self) -> dict[str, dict[str, str | None]]:
        """Category and brand of each product; None where it has none."""
        named = self.products[["category", "brand"]].astype(object).where(self.products.notna(), None)
        return dict(zip(self.products["product_id"], named.to_dict("records"), strict=True))

    def levels(self) -> dict[str, str]:
        """The fifth of its category that each priced product stands in, in the middle of its equals."""
        found = {}
        for _, own in self.products.dropna(subset=["price_amount", "category"]).groupby("category"):
            place = (own["price_amount"].rank(method="min") - 1 + own["price_amount"].rank(method="max")) / 2 / len(own)
            found |= {
                key: LEVELS[min(int(-(-round(value * 5, 9) // 1)) - 1, 4)] for key, value in zip(own["product_id"], place, strict=True)
            }
        return found

    def signs(self) -> pd.DataFrame:
        """Each sign once: person, type, interest, at, weight, count."""
        catalogue, levels, rows = self.catalogue(), self.levels(), []
        owner = {key: person for key, person, _ in self.sessions}
        for person, at, paid, coupon, discount in self.orders:
            if paid:
                rows.append((person, "discount", "discounted" if coupon or discount else "full price", at, 1, 1))
        things = [
            (person, product, category, brand, at, WEIGHTS["bought"], 1)
            for person, product, category, brand, at, paid in self.lines
            if paid
        ]
        for key, product, category, brand, at, views, carts in self.seen:
            if product in catalogue:
                category, brand = catalogue[product]["category"] or category, catalogue[product]["brand"] or brand
            things.append((owner[key], product, category, brand, at, views * WEIGHTS["viewed"] + carts * WEIGHTS["carted"], views + carts))
        for person, product, category, brand, at, weight, count in things:
            for kind, interest in (("category", category), ("brand", brand), ("price_level", levels.get(product))):
                rows.append((person, kind, interest, at, weight, count))
        rows += [(owner[key], "topic", topic, at, pages * WEIGHTS["read"], pages) for key, topic, at, pages in self.topics]
        rows += [(person, "topic", term, at, WEIGHTS["searched"], 1) for _, person, term, at in self.searches]
        return pd.DataFrame(rows, columns=["person", "type", "interest", "at", "weight", "count"]).dropna(subset=["person", "interest"])


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def warehouse(world: World, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = Warehouse(tmp_path_factory.mktemp("interests"), interest_weights=WEIGHTS, interest_half_life_days=HALF_LIFE)
    text = "product_id varchar, name varchar, category varchar, brand varchar, price_amount decimal(18,4), currency varchar"
    prices = world.products.astype(object).where(world.products.notna(), None)
    built.put("staging.stg_all__products", text, [(*row, "EUR") for row in prices.itertuples(index=False)])
    built.put(
        "marts.orders",
        "profile_id varchar, ordered_at timestamp, is_paid boolean, coupon_code varchar, discount_amount bigint",
        world.orders,
    )
    columns = "profile_id varchar, product_id varchar, category varchar, brand varchar, ordered_at timestamp, is_paid boolean"
    built.put("marts.order_items", columns, world.lines)
    built.put("marts.sessions", "session_key varchar, profile_id varchar, ended_at timestamp", world.sessions)
    columns = "session_key varchar, product_id varchar, item_category varchar, item_brand varchar, last_seen_at timestamp"
    built.put("marts.int_products_seen", f"{columns}, views_count bigint, carts_count bigint", world.seen)
    built.put("marts.int_topics_seen", "session_key varchar, topic varchar, last_seen_at timestamp, pages_count bigint", world.topics)
    built.put("marts.searches", "session_key varchar, profile_id varchar, search_term varchar, searched_at timestamp", world.searches)
    built.build(NOW, "int_products_placed", "int_interests_weighed", "interests", only="run")
    return built


def test_each_interest_is_the_sum_of_its_signs_as_they_fade(world: World, warehouse: Warehouse) -> None:
    signs = world.signs()
    age = (NOW.date() - signs["at"].dt.date).map(lambda gone: gone.days)
    signs["faded"] = signs["weight"] * 0.5 ** (age.clip(lower=0) / HALF_LIFE)
    grouped = signs.groupby(["person", "type", "interest"])
    expected = pd.DataFrame({"weight": grouped["faded"].sum(), "count": grouped["count"].sum(), "last": grouped["at"].max()})
    of_type = expected.groupby(["person", "type"])["weight"]
    expected["share"], expected["rank"] = expected["weight"] / of_type.transform("sum"), of_type.rank(ascending=False, method="min")
    rows = {(row["profile_id"], row["interest_type"], row["interest"]): row for row in warehouse.rows("from marts.interests")}
    assert set(rows) == set(expected.index) and len(rows) > 200
    assert {kind for _, kind, _ in rows} == {"category", "brand", "price_level", "discount", "topic"}
    for key, wanted in expected.iterrows():
        row = rows[key]
        assert row["weight"] == pytest.approx(wanted["weight"], rel=1e-4, abs=1e-6), key
        assert row["share"] == pytest.approx(wanted["share"], abs=1e-5), key
        assert (row["evidence_count"], row["last_evidence_at"]) == (wanted["count"], wanted["last"]), key
        assert row["interest_rank"] >= wanted["rank"] or wanted["share"] == pytest.approx(0.5), "only equals come later"


def test_levels_of_price_are_fifths_of_the_category(world: World, warehouse: Warehouse) -> None:
    found = {
        row["product_id"]: row["price_level"] for row in warehouse.rows("from marts.int_products_placed where price_level is not null")
    }
    assert found == world.levels() and len(set(found.values())) > 3
