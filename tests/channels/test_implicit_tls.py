"""Mail on port 465, where the connection is encrypted before anything is said."""

import ssl
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from tests.channels.trials import CERTIFICATE, alert, delivery, run, send
from tests.support.loopback import own_host
from tests.support.servers import Generation
from tests.support.waiting import wait_until


class _Inbox(MessageHandler):
    """Keeps every mail."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Message] = []

    def handle_message(self, message: Message) -> None:
        """Keeps the mail."""
        self.mails.append(message)


@pytest.mark.parametrize("use_tls", [True, False])
def test_a_mail_arrives_without_starttls(generation: Generation, tmp_path: Path, use_tls: bool) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    inbox = _Inbox()
    host = own_host()  # the port is the point
    server = Controller(inbox, hostname=host, port=465, ready_timeout=120, ssl_context=tls)
    try:
        server.start()
    except PermissionError:
        pytest.skip("port 465 is for root alone here")
    channel = {
        "type": "email",
        "smtp_server": host,
        "smtp_port": 465,
        "use_tls": use_tls,
        "from_email": "alerts@acme.example",
        "recipients": ["ops@acme.example"],
        "extra": {"tls_config": {"ca_file": str(CERTIFICATE), "server_name": "127.0.0.1"}},
    }
    try:
        with run(generation, {"mail": delivery(generation, "mail", channel)}, tmp_path) as alertmanager:
            send(alertmanager, alert("mail"))
            wait_until(lambda: inbox.mails)
    finally:
        server.stop()
    assert inbox.mails[0]["To"] == "ops@acme.example"
