"""The destinations, one vendor a file. Each is made with its settings as arguments and only translates."""

from activations.destinations.brevo import Brevo
from activations.destinations.customer_io import CustomerIo
from activations.destinations.file import File
from activations.destinations.hubspot import HubSpot
from activations.destinations.klaviyo import Klaviyo
from activations.destinations.mailchimp import Mailchimp
from activations.destinations.mailchimp_transactional import MailchimpTransactional
from activations.destinations.sendgrid import SendGrid
from activations.destinations.smtp import Smtp
from activations.destinations.twilio import Twilio
from activations.destinations.webhook import Webhook

__all__ = [
    "Brevo",
    "CustomerIo",
    "File",
    "HubSpot",
    "Klaviyo",
    "Mailchimp",
    "MailchimpTransactional",
    "SendGrid",
    "Smtp",
    "Twilio",
    "Webhook",
]
