"""Reads a request's body without trusting it: at most so many bytes, unpacked too, and within so many seconds."""

from __future__ import annotations

import asyncio
import hmac
import zlib

from starlette.requests import Request


class RefusedError(Exception):
    """The request is answered with `status` and this text, and with nothing of what it held."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def check_token(request: Request, token: str) -> None:
    """Raises RefusedError (401) unless the request bears the token; takes the same time wherever the given one differs."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise RefusedError(401, "a bearer token is needed, and this is not it")


async def read_body(request: Request, *, longest: int, seconds: float) -> bytes:
    """The body, unpacked where it came gzipped. Raises RefusedError: 413 too long (told beforehand, found on the way, or when unpacked),
    408 too slow, 415 packed in another way, 400 packed badly."""
    too_long = RefusedError(413, f"the body is longer than {longest} bytes: send fewer events at a time")
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > longest:
        raise too_long
    packing = request.headers.get("content-encoding", "identity").lower()
    if packing not in ("identity", "gzip"):
        raise RefusedError(415, "only gzip is unpacked")
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                body += part
                if len(body) > longest:
                    raise too_long
    except TimeoutError:
        raise RefusedError(408, f"the body did not come within {seconds:g} seconds") from None
    return bytes(body) if packing == "identity" else _unpacked(bytes(body), longest, too_long)


def _unpacked(body: bytes, longest: int, too_long: RefusedError) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, longest + 1)  # never more than that, however much is packed
    except zlib.error:
        raise RefusedError(400, "the body is no gzip") from None
    if len(unpacked) > longest:
        raise too_long
    if not unpacker.eof:
        raise RefusedError(400, "the gzipped body is cut off")
    if unpacker.unused_data:  # a second part would be lost untold
        raise RefusedError(400, "there is more behind the gzipped body: pack it as one")
    return unpacked
