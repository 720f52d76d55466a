"""What receives in the tests: a webhook and a mail server that keep everything they are sent."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.waiting import free_port

__all__ = ["Mail", "Posted", "SmtpSink", "WebhookSink", "smtp_sink", "webhook_sink"]


@dataclass(frozen=True, slots=True)
class Posted:
    """One request: path, headers (names in lower case), and the body as JSON, or as text if it is none."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class WebhookSink:
    """A webhook at `url` (no trailing slash; any path is taken) and what was posted to it, in order.

    `answers` are the status codes of the next answers, used up one by one; then it is 200 again.
    """

    url: str
    posted: list[Posted] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def bodies(self, path: str | None = None) -> list[Any]:
        """The bodies posted so far, to `path` if one is given."""
        return [post.body for post in list(self.posted) if path in (None, post.path)]


@contextmanager
def webhook_sink(*, tls: ssl.SSLContext | None = None) -> Iterator[WebhookSink]:
    """A webhook sink on loopback, for as long as the block lasts; with `tls` it speaks HTTPS."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            try:
                body = json.loads(text)
            except ValueError:
                body = text
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.posted.append(Posted(self.path, headers, body))
            self.send_response(sink.answers.pop(0) if sink.answers else 200)
            # Slack's own answer: from 0.26 on Alertmanager takes anything else from it for a failure.
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_PUT = do_POST  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what came is in the sink."""

    # The server listens before anybody learns its port, so there is no port to lose.
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        sink = WebhookSink(f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield sink
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: the envelope's sender and recipients, the parsed message, and how it came."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    user: str | None
    encrypted: bool

    def part(self, content_type: str) -> str:
        """The text of the first part of that type, lines ended by \\n; empty when there is none."""
        for part in self.message.walk():
            if part.get_content_type() == content_type:
                return str(part.get_content()).replace("\r\n", "\n")
        return ""


@dataclass(frozen=True, slots=True)
class SmtpSink:
    """A mail server at `host`:`port` and the mails it took, in order."""

    host: str
    port: int
    mails: list[Mail]


@contextmanager
def smtp_sink(
    *, credentials: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[SmtpSink]:
    """A mail server on loopback, for as long as the block lasts.

    With `credentials` it takes mail only after AUTH with that user and password; with `tls` it offers
    STARTTLS and takes mail only after it.
    """
    mails: list[Mail] = []

    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        assert credentials is not None
        user, password = credentials
        accepted = (given.login, given.password) == (user.encode(), password.encode())
        return AuthResult(success=accepted, handled=False, auth_data=user if accepted else None)

    class Handler:
        # aiosmtpd could demand the login itself, but warns when no TLS comes with it.
        async def handle_MAIL(  # noqa: N802
            self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
        ) -> str:
            if credentials and not session.authenticated:
                return "530 5.7.0 Authentication required"
            envelope.mail_from = address
            envelope.mail_options.extend(options)
            return "250 OK"

        async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            content = envelope.content
            assert isinstance(content, bytes)
            message = message_from_bytes(content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            mails.append(
                Mail(
                    envelope.mail_from or "",
                    tuple(envelope.rcpt_tos),
                    message,
                    session.auth_data,
                    session.ssl is not None,
                )
            )
            return "250 taken"

    controller = Controller(
        Handler(),
        hostname="127.0.0.1",
        port=free_port(),
        ready_timeout=120,
        tls_context=tls,
        require_starttls=tls is not None,
        authenticator=authenticate if credentials else None,
        auth_require_tls=tls is not None,
        # Its prompts are not those that Alertmanager's LOGIN knows; PLAIN is the same everywhere.
        auth_exclude_mechanism=["LOGIN"],
    )
    controller.start()
    try:
        yield SmtpSink("127.0.0.1", controller.port, mails)
    finally:
        controller.stop()
