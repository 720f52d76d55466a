"""An issuer of tokens: key pairs, the tokens they sign, and a server that hands out the public keys."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import PyJWS
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "Issued",
    "JwksServer",
    "claims",
    "ec_key",
    "ed_key",
    "jwks_server",
    "rsa_key",
]

ISSUER: Final = "https://login.acme.example/"
AUDIENCE: Final = "monitorgen"


@dataclass(frozen=True, slots=True)
class Issued:
    """A key pair of an issuer: what signs, and what is published of it."""

    private: Any
    public: dict[str, Any]
    algorithm: str

    def sign(self, said: dict[str, Any], **header: Any) -> str:
        """A token with these claims; `header` adds to its header, or takes away where it is None."""
        whole = {"kid": self.public.get("kid"), **header}
        algorithm = whole.pop("alg", self.algorithm)
        kept = {name: value for name, value in whole.items() if value is not None}
        # The layer below `jwt.encode`, which would refuse to sign what no issuer says.
        return PyJWS().encode(json.dumps(said).encode(), self.private, algorithm, kept)


def claims(**more: Any) -> dict[str, Any]:
    """The claims of a good token of ann's; `more` adds to them, or takes away where it is None."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 3600, **more}
    return {name: value for name, value in said.items() if value is not None}


def rsa_key(kid: str | None, *, size: int = 2048, **more: Any) -> Issued:
    """An RSA key pair; `more` adds to what is published."""
    private = rsa.generate_private_key(65537, size)
    return _issued(private, RSAAlgorithm.to_jwk(private.public_key(), as_dict=True), "RS256", kid, more)


def ec_key(kid: str | None, curve: ec.EllipticCurve | None = None, **more: Any) -> Issued:
    """A key pair on P-256 or another curve."""
    private = ec.generate_private_key(curve or ec.SECP256R1())
    algorithm = {256: "ES256", 384: "ES384", 521: "ES512"}[private.curve.key_size]
    return _issued(private, ECAlgorithm.to_jwk(private.public_key(), as_dict=True), algorithm, kid, more)


def ed_key(kid: str | None, **more: Any) -> Issued:
    """An Ed25519 key pair."""
    private = ed25519.Ed25519PrivateKey.generate()
    return _issued(private, OKPAlgorithm.to_jwk(private.public_key(), as_dict=True), "EdDSA", kid, more)


def _issued(
    private: Any, public: dict[str, Any], algorithm: str, kid: str | None, more: dict[str, Any]
) -> Issued:
    named = {} if kid is None else {"kid": kid}
    told = {name: value for name, value in public.items() if name != "key_ops"}
    return Issued(private, {**told, **named, **more}, algorithm)


@dataclass
class JwksServer:
    """A server at `url` that answers with `status` and `body`, and counts how often it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b""
    location: str = ""
    asked: int = 0
    hold: threading.Event = field(default_factory=threading.Event)
    """While it is not set, nobody is answered."""

    def publish(self, *keys: Issued) -> None:
        """Hands out these from now on."""
        self.status, self.body = 200, json.dumps({"keys": [key.public for key in keys]}).encode()


@contextmanager
def jwks_server() -> Iterator[JwksServer]:
    """A running server."""
    state = JwksServer()
    state.hold.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            state.hold.wait(60)
            self.send_response(state.status)
            if state.location:
                self.send_header("Location", state.location)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
