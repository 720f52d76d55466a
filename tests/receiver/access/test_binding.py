"""Where a receiver may listen."""

import pytest

from monitorgen.vocabulary.receiver import Receiver
from monitorgen_exporters.receiver.access.binding import OpenBind, refuse_open_bind

TLS = {"tls": {"certificate": "/c", "key": "/k"}}
PROXY = {"behind_tls_proxy": "true"}
JWT = {"jwt": {"issuer": "i", "audience": "a", "jwks_file": "/j"}}


def settings(listen: str, **more: object) -> Receiver:
    return Receiver.model_validate({"listen": listen, "sources": {"eu1": {"token": {"file": "/t"}}}, **more})


@pytest.mark.parametrize("listen", ["127.0.0.1:9393", "127.8.8.8:1", "localhost:9393", "[::1]:9393"])
def test_this_machine_alone_needs_nothing(listen: str) -> None:
    refuse_open_bind(settings(listen), any_key=False)


OPEN = [
    "0.0.0.0:9393",
    "[::]:9393",
    "10.0.0.7:9393",
    "alerts.acme.example:9393",
    "localhost.acme.example:9393",
]


@pytest.mark.parametrize("listen", OPEN)
def test_others_may_not_listen_in(listen: str) -> None:
    with pytest.raises(OpenBind, match=r"plain HTTP.*`tls:`.*behind_tls_proxy.*127\.0\.0\.1"):
        refuse_open_bind(settings(listen, **JWT), any_key=True)


@pytest.mark.parametrize("listen", OPEN)
@pytest.mark.parametrize("private", [TLS, PROXY])
def test_others_have_to_prove_who_they_are(listen: str, private: dict[str, object]) -> None:
    with pytest.raises(OpenBind, match=r"no API key and no `jwt:`.*keys create"):
        refuse_open_bind(settings(listen, **private), any_key=False)


@pytest.mark.parametrize("private", [TLS, PROXY])
def test_with_tls_and_a_way_to_prove_it_may(private: dict[str, object]) -> None:
    refuse_open_bind(settings("0.0.0.0:9393", **private), any_key=True)
    refuse_open_bind(settings("0.0.0.0:9393", **private, **JWT), any_key=False)
