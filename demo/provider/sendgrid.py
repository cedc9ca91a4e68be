"""SendGrid's paths and who answers them."""

from demo.provider import sendgrid_contacts, sendgrid_lists, sendgrid_mail, sendgrid_search, sendgrid_settings, sendgrid_suppressions

_MARKETING = "/v3/marketing"
ROUTES = (
    ("PUT", f"{_MARKETING}/contacts", sendgrid_contacts.upsert),
    ("DELETE", f"{_MARKETING}/contacts", sendgrid_contacts.delete),
    ("POST", f"{_MARKETING}/contacts/search/emails", sendgrid_search.search),
    ("GET", f"{_MARKETING}/contacts/imports/{{id}}", sendgrid_contacts.get_job),
    ("POST", f"{_MARKETING}/lists", sendgrid_lists.create_list),
    ("GET", f"{_MARKETING}/lists", sendgrid_lists.get_lists),
    ("DELETE", f"{_MARKETING}/lists/{{id}}/contacts", sendgrid_lists.remove_contacts),
    ("GET", f"{_MARKETING}/field_definitions", sendgrid_lists.get_fields),
    ("POST", f"{_MARKETING}/field_definitions", sendgrid_lists.create_field),
    ("POST", "/v3/mail/send", sendgrid_mail.send),
    ("POST", "/v3/asm/suppressions/global", sendgrid_suppressions.unsubscribe),
    ("POST", "/v3/asm/groups/{group}/suppressions", sendgrid_suppressions.unsubscribe),
    ("GET", "/v3/asm/groups/{group}/suppressions", sendgrid_suppressions.get_group),
    ("GET", "/v3/user/webhooks/event/settings/signed", sendgrid_settings.get_public_key),
    *(
        ("GET", f"/v3/suppression/{kind}", sendgrid_suppressions.get_suppressed)
        for kind in ("unsubscribes", "bounces", "blocks", "spam_reports", "invalid_emails")
    ),
)
DOWNLOAD = ("GET", "/downloads/{id}.csv", sendgrid_contacts.download_errors)
