"""The header by which a mail service hands an id of ours back in its webhooks, for services that are reached by SMTP. The id says nothing
of a person. No other server gets one: there the Message-ID has it.

postmarkapp.com/developer/user-guide/send-email-with-smtp, developers.sparkpost.com/api/smtp, dev.mailjet.com/smtp-relay/custom-headers,
docs.mailtrap.io/email-api-smtp/setup/smtp-integration, mailchimp.com/developer/transactional/docs/smtp-integration,
twilio.com/docs/sendgrid/for-developers/sending-email/building-an-x-smtpapi-header,
documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-attach-data,
docs.aws.amazon.com/ses/latest/dg/event-publishing-send-email.html, developers.brevo.com/docs/smtp-integration.
"""

_HEADERS = {
    "postmarkapp.com": b"X-PM-Metadata-message_key: %b",
    "sparkpostmail.com": b'X-MSYS-API: {"metadata": {"message_key": "%b"}}',
    "mailjet.com": b"X-MJ-CustomID: %b",
    "mailtrap.io": b'X-MT-Custom-Variables: {"message_key": "%b"}',
    "mandrillapp.com": b'X-MC-Metadata: {"message_key": "%b"}',
    "sendgrid.net": b'X-SMTPAPI: {"unique_args": {"message_key": "%b"}}',
    "mailgun.org": b'X-Mailgun-Variables: {"message_key": "%b"}',
    "amazonaws.com": b"X-SES-MESSAGE-TAGS: message_key=%b",
    "brevo.com": b'X-Mailin-custom: {"message_key": "%b"}',
}


def mark_of(message_id: str, host: str) -> bytes:
    """The header's line, for an id of letters, digits, - and _; empty where the host is none of these services."""
    service = next((name for name in _HEADERS if host.lower().rstrip(".").endswith(f".{name}")), None)
    return _HEADERS[service] % message_id.encode() + b"\r\n" if service else b""
