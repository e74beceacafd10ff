"""Signed messages to another company's system: how they are signed, where they may go, how they are sent.

The signature is HMAC-SHA256 over "<seconds>.<body>", in the header `Webhook-Signature: t=<seconds>,v1=<hex>`. A
receiver computes it over the bytes it got, compares in constant time, and refuses a time that is minutes old.

A register could name any address, so: HTTPS only, no redirects, no proxy, and never into a network that is not the
public internet. The name is resolved once, every address it has must be public, and the connection goes to that very
address: a name that changes its mind in between gains nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from django.conf import settings

TIMEOUT = 10.0  # seconds, of each step
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48")))  # IPv4 in disguise


class Refused(Exception):
    """A message must not be sent there; the text is a sentence that says why."""


class Undelivered(Exception):
    """It did not arrive, this time; the text is a short code: "timeout", "answer-503"."""


def signature(secret: str, body: bytes, seconds: int) -> str:
    """The value of the header `Webhook-Signature`."""
    mark = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={mark}"


def allowed(url: str) -> None:
    """Raise Refused for an address that is forbidden by how it looks; what its name leads to is asked when sending."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if settings.WEBHOOKS_ANYWHERE:
        return
    if parts.scheme != "https":
        raise Refused("The address must begin with https://, because the message is about a person.")
    if host in {"localhost", settings.SITE_HOST} or host.endswith((".localhost", ".local", ".internal")):
        raise Refused("The address leads into our own network.")
    try:
        _public(ipaddress.ip_address(host))
    except ValueError:
        return  # a name


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Raise Refused unless it is an address of the public internet, also when it is wrapped in another."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return _public(address.ipv4_mapped)
        if address.sixtofour or address.teredo or any(address in network for network in _TRANSLATED):
            raise Refused("The address leads into another network by a detour.")
    if not address.is_global or address.is_multicast:
        raise Refused("The address is not on the public internet.")
    return None


def resolve(host: str, port: int) -> str:
    """One address of a name. Raises Refused when any of its addresses is not public, Undelivered when it has none."""
    try:
        found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Undelivered("no-such-host") from error
    if not settings.WEBHOOKS_ANYWHERE:
        for address in found:
            _public(ipaddress.ip_address(str(address).partition("%")[0]))
    return str(found[0])


def post(url: str, body: bytes, *, secret: str, seconds: int, message_id: str) -> None:
    """Send one message; returns when the other side answered with 2xx. Raises Refused or Undelivered."""
    allowed(url)
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    line = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        plain = socket.create_connection((resolve(host, port), port), TIMEOUT)
        line.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "data-rights-portal",
            "Webhook-Id": message_id,
            "Webhook-Signature": signature(secret, body, seconds),
        }
        line.request("POST", target, body, headers)
        answer = line.getresponse().status
    except TimeoutError as error:
        raise Undelivered("timeout") from error
    except ssl.SSLError as error:
        raise Undelivered("tls") from error
    except (OSError, http.client.HTTPException) as error:
        raise Undelivered("no-connection") from error
    finally:
        line.close()
    if 300 <= answer < 400:
        raise Undelivered("redirect")  # never followed: it could lead anywhere
    if not 200 <= answer < 300:
        raise Undelivered(f"answer-{answer}")
