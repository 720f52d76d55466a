"""The sinks keep what they are sent, and answer as they are told."""

import smtplib
from email.message import EmailMessage

import pytest
import requests

from tests.support.sinks import smtp_sink, webhook_sink


def test_webhook() -> None:
    with webhook_sink() as sink:
        sink.answers += [503, 400]
        statuses = [requests.post(f"{sink.url}/{n}", json={"n": n}, timeout=60).status_code for n in range(3)]
        requests.post(f"{sink.url}/text", data=b"no JSON", headers={"X-Key": "k"}, timeout=60)
    assert statuses == [503, 400, 200]
    assert sink.bodies() == [{"n": 0}, {"n": 1}, {"n": 2}, "no JSON"]
    assert sink.bodies("/1") == [{"n": 1}]
    assert sink.posted[3].headers["x-key"] == "k"


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@acme.example", "b@acme.example", "Größe"
    message.set_content("plain")
    message.add_alternative("<b>rich</b>", subtype="html")
    return message


def test_smtp() -> None:
    with smtp_sink() as sink, smtplib.SMTP(sink.host, sink.port) as client:
        client.send_message(mail())
    (received,) = sink.mails
    assert (received.sender, received.recipients) == ("a@acme.example", ("b@acme.example",))
    assert received.message["Subject"] == "Größe"
    assert (received.part("text/plain"), received.part("text/html")) == ("plain\n", "<b>rich</b>\n")
    assert (received.user, received.encrypted) == (None, False)


def test_smtp_with_credentials() -> None:
    with smtp_sink(credentials=("ops", "secret")) as sink, smtplib.SMTP(sink.host, sink.port) as client:
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.send_message(mail())
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("ops", "wrong")
        client.login("ops", "secret")
        client.send_message(mail())
    assert [received.user for received in sink.mails] == ["ops"]
