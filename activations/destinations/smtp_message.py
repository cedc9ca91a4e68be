"""A message as it goes through a mail server: headers that nobody can add to, text and HTML side by side. The same message always gives
the same bytes; the date comes later, when it leaves.
"""

import hashlib
import html
import re
import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr

from activations.destinations.rows import email_of, unsendable
from activations.destinations.smtp_marks import mark_of
from activations.model import Message

_UNSUBSCRIBE = re.compile(r"https?://[^\s<>\"'()]*unsubscribe[^\s<>\"'()]*", re.IGNORECASE)
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_SUBJECT_LETTERS = 500
_LONGEST_LINK = 900  # a line of a mail has 998 characters at most


def written(message: Message, sender: str, reply_to: str, is_one_click: bool, host: str = "") -> bytes:
    """The recipient's address, a line break, the mail. Or why there can be none. host: the server that it goes through."""
    address, subject = _plain_domain(message.address), one_line(message.subject or "")[:_SUBJECT_LETTERS]
    if not (address and subject and (message.body or message.html_body)):
        return unsendable("invalid_address" if not address else "body_missing" if subject else "subject_missing")
    # Letters beyond ASCII in an address need headers that have them as they are.
    mail = EmailMessage(policy=(SMTP if address.isascii() else SMTPUTF8).clone(cte_type="7bit"))
    mail["From"] = _address(sender)
    mail["To"] = address
    mail["Subject"] = subject
    key = hashlib.sha256(message.message_id.encode(errors="replace")).hexdigest()[:40]
    name = message.message_id if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", message.message_id) else key
    mail["Message-ID"] = f"<{name}@{sender_address(sender).rpartition('@')[2]}>"
    if reply_to:
        mail["Reply-To"] = _address(reply_to)
    text, page = _characters(message.body), _characters(message.html_body or "")
    mail.set_content(text or page, subtype="plain" if text else "html", cte="quoted-printable")
    if text and page:
        mail.add_alternative(page, subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{key}")
    mark = mark_of(message.message_id, host) if name == message.message_id else b""
    return address.encode() + b"\n" + mark + _way_out(message, is_one_click) + mail.as_bytes()


def _way_out(message: Message, is_one_click: bool) -> bytes:
    """The headers of a marketing message's link to unsubscribe. Written here, since the library would put a link of more than a line
    into code words, which mail programs do not read there.
    """
    in_text, in_page = _UNSUBSCRIBE.search(message.body), _UNSUBSCRIBE.search(message.html_body or "")
    link = in_text[0] if in_text else html.unescape(in_page[0]) if in_page else ""
    if message.purpose != "marketing" or not link:
        return b""
    if not (link.isascii() and link.isprintable() and len(link) < _LONGEST_LINK) or ">" in link or " " in link:
        return b""
    post = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if is_one_click else b""
    return b"List-Unsubscribe: <%b>\r\n%b" % (link.encode(), post)


def one_line(text: str) -> str:
    """The text for a header: in one line, with nothing that a mail program could take for code."""
    kept = "".join(letter for letter in " ".join(text.split()) if unicodedata.category(letter) not in ("Cc", "Cs"))
    return kept.replace("=?", "= ?").strip()


def sender_address(sender: str) -> str:
    """The address alone. Raises ValueError where there is none."""
    address = _plain_domain(parseaddr(sender)[1])
    if not address:
        raise ValueError(f"{sender!r} is no sender; it should look like shop@example.com or Shop <shop@example.com>")
    return address


def _address(sender: str) -> Address:
    return Address(display_name=one_line(parseaddr(sender)[0]), addr_spec=sender_address(sender))


def _plain_domain(address: str) -> str | None:
    """The address with its domain in ASCII; None where it is none that needs no quotes."""
    name, _, domain = (email_of({"email": address}) or "").rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    is_one = _LOCAL_PART.fullmatch(name) and len(name.encode(errors="replace")) <= 64 and _DOMAIN.fullmatch(domain)
    return f"{name}@{domain}" if is_one else None


def _characters(text: str) -> str:
    return text.encode(errors="replace").decode()
