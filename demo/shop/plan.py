"""Everything that will happen to the people of one chunk, from the start to the horizon, out of seed and chunk alone."""

from dataclasses import dataclass

from demo.shop.addresses import Addresses, make_addresses
from demo.shop.clock import WEB_DAYS, web_start
from demo.shop.crm_rows import Contacts, crm_rows, plan_contacts
from demo.shop.databases import Rows
from demo.shop.order_rows import order_rows
from demo.shop.orders import Orders, plan_orders
from demo.shop.people import People, make_people
from demo.shop.rhythm import purchase_times
from demo.shop.service_rows import service_rows
from demo.shop.shop_rows import customer_rows
from demo.shop.visits import Visits, plan_visits


@dataclass(frozen=True)
class Plan:
    """The plan of a chunk. The databases and the export are views of it at a moment."""

    people: People
    addresses: Addresses
    orders: Orders
    visits: Visits
    contacts: Contacts
    web_start: int  # from this instant on (microseconds) visits are planned

    def shop(self, since: int, now: int) -> Rows:
        """Rows of the shop's database at `now` that changed after `since` (microseconds)."""
        customers = customer_rows(self.people, self.addresses, since, now)
        return {"customers": customers, **order_rows(self.people, self.addresses, self.orders, since, now)}

    def crm(self, since: int, now: int) -> Rows:
        """Rows of the CRM at `now` that changed after `since` (microseconds)."""
        return crm_rows(self.people, self.addresses, self.contacts, since, now)

    def service(self, since: int, now: int) -> Rows:
        """Tickets, reviews and surveys at `now` that changed after `since` (microseconds)."""
        return service_rows(self.people, self.addresses, self.orders, since, now)


def make_plan(seed: int, chunk: int, customers: int, web_days: int = WEB_DAYS) -> Plan:
    """The plan of one chunk of `customers` accounts, with visits from `web_days` before the fixed day on."""
    people = make_people(seed, chunk, customers)
    orders = plan_orders(people, *purchase_times(people))
    start = web_start(web_days)
    return Plan(people, make_addresses(people), orders, plan_visits(people, orders, start), plan_contacts(people), start)
