"""All vendors whose webhooks are read, by name: that of the destination's vendor where there is one, else of the mail service that a
destination `smtp` goes through."""

from collections.abc import Mapping

from activations.webhooks.amazon_ses import AMAZON_SES
from activations.webhooks.brevo import BREVO
from activations.webhooks.customer_io import CUSTOMER_IO
from activations.webhooks.event import Vendor
from activations.webhooks.hubspot import HUBSPOT
from activations.webhooks.klaviyo import KLAVIYO
from activations.webhooks.mailchimp import MAILCHIMP
from activations.webhooks.mailersend import MAILERSEND
from activations.webhooks.mailgun import MAILGUN
from activations.webhooks.mailjet import MAILJET
from activations.webhooks.mailtrap import MAILTRAP
from activations.webhooks.mandrill import MANDRILL
from activations.webhooks.postal import POSTAL
from activations.webhooks.postmark import POSTMARK
from activations.webhooks.resend import RESEND
from activations.webhooks.sendgrid import SENDGRID
from activations.webhooks.sparkpost import SPARKPOST
from activations.webhooks.twilio import TWILIO
from activations.webhooks.unisender_go import UNISENDER_GO

_ALL: tuple[Vendor, ...] = (
    AMAZON_SES, BREVO, CUSTOMER_IO, HUBSPOT, KLAVIYO, MAILCHIMP, MAILERSEND, MAILGUN, MAILJET, MAILTRAP, MANDRILL, POSTAL, POSTMARK,
    RESEND, SENDGRID, SPARKPOST, TWILIO, UNISENDER_GO,
)  # fmt: skip
VENDORS: Mapping[str, Vendor] = {vendor.name: vendor for vendor in _ALL}
