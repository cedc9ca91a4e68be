"""SendGrid's endpoint for the settings of the event webhook, as far as they can be asked for."""

import base64

from cryptography.hazmat.primitives import serialization
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from demo.provider.context import Context
from demo.provider.sendgrid_events import key_of


async def get_public_key(request: Request, context: Context) -> Response:
    """GET /v3/user/webhooks/event/settings/signed: the key to check the events' signatures with."""
    kind = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = key_of(context.state).public_key().public_bytes(*kind)
    return JSONResponse({"public_key": base64.b64encode(public).decode()})
