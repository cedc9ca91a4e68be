"""Signatures of webhooks: the vendors' own examples; and what one changed byte, another key and another time do. One file."""

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from starlette.datastructures import Headers
from webhook_kit import POSTAL_KEY, SENDGRID_KEY, SIGNERS, URL, public_text

from activations.webhooks.schemes import SCHEMES, vendor_of
from activations.webhooks.signatures import Call, ForgedError, StaleError, verify

NOW = 1_782_000_000.0
OTHER_KEY = ec.derive_private_key(0xBEEF, ec.SECP256R1())
OTHER_RSA = rsa.generate_private_key(65_537, 2_048)
SECRET = "a-secret-of-enough-characters"


def call(body: bytes, headers: dict[str, str], url: str = URL, method: str = "POST") -> Call:
    return Call(method, url, Headers(headers), body)


def secret_of(vendor: str) -> str:
    keys = {
        "sendgrid": public_text(SENDGRID_KEY),
        "postal": public_text(POSTAL_KEY),
        "resend": "whsec_" + base64.b64encode(b"k" * 24).decode(),
    }
    return keys.get(vendor, SECRET)


def check(vendor: str, made: Call, secret: str | None = None, now: float = NOW) -> None:
    scheme = SCHEMES[vendor]
    verify(scheme.check, made, [secret or secret_of(vendor)], now, scheme.tolerance)


def refusal(vendor: str, made: Call, secret: str | None = None, now: float = NOW) -> str:
    """forged, stale, or `` where it is taken."""
    try:
        check(vendor, made, secret, now)
    except ForgedError:
        return "forged"
    except StaleError:
        return "stale"
    return ""


def signed(vendor: str, now: float = NOW, url: str = URL) -> Call:
    body, headers = SIGNERS[vendor](secret_of(vendor), now, url)
    return call(body, headers, url)


@pytest.mark.parametrize("vendor", SCHEMES)
def test_what_the_vendor_signed_is_taken_and_nothing_else(vendor: str) -> None:
    good = signed(vendor)
    assert refusal(vendor, good) == ""
    others = {
        "sendgrid": public_text(OTHER_KEY),
        "postal": public_text(OTHER_RSA),
        "resend": "whsec_" + base64.b64encode(b"l" * 24).decode(),
    }
    assert refusal(vendor, good, others.get(vendor, SECRET + "x")) == "forged"
    if SCHEMES[vendor].is_token:
        assert refusal(vendor, call(good.body, {})) == "forged"
        assert refusal(vendor, call(good.body, {}, f"{URL}/{SECRET}")) == "", "at the end of the address"
        assert refusal(vendor, call(good.body, {}, f"{URL}/{SECRET}x?a=/{SECRET}")) == "forged"
        basic = base64.b64encode(f"any:{SECRET}".encode()).decode()
        assert refusal(vendor, call(good.body, {"Authorization": f"Basic {basic}"})) == ""
        assert refusal(vendor, call(good.body, {"Authorization": "Basic %%%"})) == "forged"
        return
    if vendor != "mailgun":  # signs no body: documented
        for changed in (good.body + b" ", good.body[:-3] + b"9" + good.body[-2:], b""):
            assert refusal(vendor, Call("POST", URL, good.headers, changed)) == "forged"
    for name in good.headers:
        if "signature" in name:
            for value in ("", "x", "ÿ", good.headers[name][:-1], good.headers[name] + "x"):
                headers = {**good.headers, name: value}
                assert refusal(vendor, Call("POST", URL, Headers(headers), good.body)) == "forged", (name, value)


TIMED = ("sendgrid", "klaviyo", "mailchimp", "customer_io", "hubspot", "resend", "mailgun")


@pytest.mark.parametrize("vendor", TIMED)
@pytest.mark.parametrize(("away", "wanted"), [(-299, ""), (299, ""), (-301, "stale"), (301, "stale"), (-86_400 * 365, "stale")])
def test_what_was_signed_too_long_ago_or_in_the_future_is_refused(vendor: str, away: float, wanted: str) -> None:
    assert refusal(vendor, signed(vendor, NOW + away)) == wanted


@pytest.mark.parametrize("vendor", TIMED)
def test_the_time_is_part_of_what_is_signed(vendor: str) -> None:
    old = signed(vendor, NOW - 10_000)
    for name in old.headers:
        if "timestamp" in name or name == "x-mailchimp-signature":
            then, fresh = str(int(NOW - 10_000)), str(int(NOW))
            headers = {**old.headers, name: old.headers[name].replace(then, fresh)}
            assert headers[name] != old.headers[name] or vendor == "klaviyo"
            assert refusal(vendor, Call("POST", URL, Headers(headers), old.body)) in ("forged", "stale")


@pytest.mark.parametrize("text", ["", "nonsense", "1e9", "-1782000000", "178²000000", "NaN", "1782000000.5", "9" * 30])
def test_a_time_that_is_none_is_refused_however_well_it_is_signed(text: str) -> None:
    digest = hmac.digest(SECRET.encode(), b"v0:" + text.encode() + b":{}", hashlib.sha256).hex()
    assert refusal("customer_io", call(b"{}", {"X-CIO-Timestamp": text, "X-CIO-Signature": digest})) == "forged"


def test_two_secrets_may_be_good_while_one_is_replaced() -> None:
    good, scheme = signed("customer_io"), SCHEMES["customer_io"]
    verify(scheme.check, good, ["another", SECRET], NOW, 300)
    with pytest.raises(ForgedError):
        verify(scheme.check, good, ["another", "and another"], NOW, 300)
    with pytest.raises(ForgedError):
        verify(scheme.check, good, [], NOW, 300)


# the vendors' own examples


def test_twilios_example_of_a_form_and_its_ports() -> None:
    form = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
    headers = {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    for host in ("mycompany.com", "mycompany.com:443"):
        made = call(urlencode(form).encode(), headers, f"https://{host}/myapp.php?foo=1&bar=2")
        assert refusal("twilio", made, "12345") == ""
    assert refusal("twilio", call(urlencode(form).encode(), headers, "https://mycompany.com/myapp.php?foo=1&bar=3"), "12345") == "forged"
    with_port = hmac.digest(b"12345", b"https://mycompany.com:8443/a" + b"B1", hashlib.sha1)
    headers["X-Twilio-Signature"] = base64.b64encode(with_port).decode()
    assert refusal("twilio", call(b"B=1", headers, "https://mycompany.com:8443/a"), "12345") == ""


def test_twilio_with_a_shared_key_for_webhooks() -> None:
    """As Twilio's own library has it since its version 9.13: the header says by which hash."""
    made = base64.b64encode(hmac.digest(b"shared", b"https://mycompany.com/a" + b"B1", hashlib.sha256)).decode()
    headers = {"X-Twilio-Signature": made, "Content-Type": "application/x-www-form-urlencoded"}
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    for told, answer in ((settings, ""), ("key=webhooks_sharedkey_1", "forged"), (settings.replace("256", "3"), "forged")):
        headers["X-Twilio-Webhooks-Signature-Settings"] = told
        assert refusal("twilio", call(b"B=1", headers, "https://mycompany.com/a"), "shared") == answer
    del headers["X-Twilio-Webhooks-Signature-Settings"]
    assert refusal("twilio", call(b"B=1", headers, "https://mycompany.com/a"), "shared") == "forged"


def test_twilios_example_of_json() -> None:
    body = b'{"property": "value", "boolean": true}'
    url = f"https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"X-Twilio-Signature": "a9nBmqA0ju/hNViExpshrM61xv4=", "Content-Type": "application/json"}
    assert refusal("twilio", call(body, headers, url), "12345") == ""
    assert refusal("twilio", call(body + b" ", headers, url), "12345") == "forged"
    assert refusal("twilio", call(body, headers, url + "&bodySHA256=" + "0" * 64), "12345") == "forged"


def test_sendgrids_example() -> None:
    key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
    event = {
        "email": "hello@world.com",
        "event": "dropped",
        "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
        "timestamp": 1600112492,
    }
    body = json.dumps([event], separators=(",", ":")).encode() + b"\r\n"
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM"
        "+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
        "X-Twilio-Email-Event-Webhook-Timestamp": "1600112502",
    }
    assert refusal("sendgrid", call(body, headers), key, 1600112510) == ""
    assert refusal("sendgrid", call(body.rstrip(), headers), key, 1600112510) == "forged", "the line's end is signed too"
    assert refusal("sendgrid", call(body, headers), key, 1600112510 + 600) == "stale"


def test_svixs_example() -> None:
    headers = {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": "1614265330",
        "svix-signature": "v0,x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    made = call(b'{"test": 2432232314}', headers)
    assert refusal("resend", made, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330) == ""


def test_klaviyos_header_may_be_in_another_zone_than_it_says_where_the_body_has_the_time() -> None:
    body = json.dumps({"meta": {"timestamp": "2026-04-13T22:50:12.101159+00:00"}, "data": []}).encode()
    at = "Tue, 14 Apr 2026 03:50:12 GMT"
    headers = {"Klaviyo-Timestamp": at, "Klaviyo-Signature": hmac.digest(SECRET.encode(), body + at.encode(), hashlib.sha256).hex()}
    assert refusal("klaviyo", call(body, headers), now=1_776_120_612 + 30) == ""
    assert refusal("klaviyo", call(body, headers), now=1_776_120_612 + 5 * 3600) == "stale"


@pytest.mark.parametrize(
    ("came", "was_signed"),
    [
        ("/webhooks/hubspot?a=%3A%2f%40%21%24%27%28%29%2A%2C%3B&b=%3F", "/webhooks/hubspot?a=:/@!$'()*,;&b=?"),
        ("/webhooks/hubspot?a=%20%26%3D%23%2B", "/webhooks/hubspot?a=%20%26%3D%23%2B"),
    ],
)
def test_hubspot_undoes_some_escapes_of_the_address_before_it_signs(came: str, was_signed: str) -> None:
    at = str(int(NOW * 1000))
    base = "https://hooks.shop.example"
    digest = hmac.digest(SECRET.encode(), f"POST{base}{was_signed}[]{at}".encode(), hashlib.sha256)
    headers = {"X-HubSpot-Request-Timestamp": at, "X-HubSpot-Signature-v3": base64.b64encode(digest).decode()}
    assert refusal("hubspot", call(b"[]", headers, base + came)) == ""
    assert refusal("hubspot", call(b"[]", headers, base + came + "&c=1")) == "forged"
    assert refusal("hubspot", call(b"[]", headers, base + came, method="GET")) == "forged"


@pytest.mark.parametrize(
    ("vendor", "secret"), [("brevo", "short"), ("sendgrid", "no key"), ("postal", public_text(SENDGRID_KEY)), ("resend", "whsec_%")]
)
def test_a_secret_that_will_not_do_is_told_without_it(vendor: str, secret: str) -> None:
    fault = SCHEMES[vendor].fault_of(secret)
    assert fault and secret not in fault
    assert SCHEMES[vendor].fault_of(secret_of(vendor)) is None


def test_a_second_account_is_of_its_vendor() -> None:
    names = ("sendgrid_uk", "mailchimp_transactional", "mailchimp_transactional_uk", "mailchimp_uk", "sendgridx", "")
    assert [vendor_of(name) for name in names] == [
        "sendgrid", "mailchimp_transactional", "mailchimp_transactional", "mailchimp", None, None,
    ]  # fmt: skip
