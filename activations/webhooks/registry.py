"""All vendors whose webhooks are read, by name; a destination's vendor is found by its own name (`sendgrid_uk` is of `sendgrid`)."""

from collections.abc import Mapping

from activations.webhooks.event import Vendor
from activations.webhooks.sendgrid import SENDGRID

VENDORS: Mapping[str, Vendor] = {vendor.name: vendor for vendor in (SENDGRID,)}
