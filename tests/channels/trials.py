"""Many channels tried at once: one Alertmanager, a receiver for each channel, and sinks for what it sends."""

import re
import ssl
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests
from pydantic import TypeAdapter

from monitorgen.model.routing import Receiver, Route, RoutingTree
from monitorgen.model.versions import Version, VersionRange
from monitorgen.outputs.alertmanager import OUTPUT
from monitorgen.vocabulary.channels import AnyChannel
from monitorgen.vocabulary.channels.base import ChannelContext, Delivery
from tests.support.processes import RunningServer
from tests.support.servers import Generation, run_alertmanager
from tests.support.sinks import Mail, Posted, SmtpSink, WebhookSink, smtp_sink, webhook_sink
from tests.support.stacks import stack
from tests.support.waiting import wait_until

__all__ = [
    "CERTIFICATE",
    "EXTERNAL_URL",
    "SEVERITIES",
    "Bench",
    "Evidence",
    "alert",
    "bench",
    "delivery",
    "render",
    "run",
    "send",
    "try_all",
]

EXTERNAL_URL = "http://alerts.acme.example/am"
SEVERITIES = ("info", "low", "medium", "high", "critical")

_CHANNEL: TypeAdapter[Any] = TypeAdapter(AnyChannel)
CERTIFICATE = Path(__file__).parent / "loopback.pem"
"""The certificate of the servers that speak TLS, signed by itself."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What channels are tried against: HTTP sinks, and mail servers that differ in one thing each."""

    folder: Path
    http: WebhookSink
    https: WebhookSink
    mail: SmtpSink
    other_mail: SmtpSink
    login_mail: SmtpSink
    tls_mail: SmtpSink

    def secret(self, text: str, end: str = "\n") -> dict[str, str]:
        """A reference to a secret that holds `text`, in a file that closes with `end`."""
        file = self.folder / f"secret-{len(list(self.folder.glob('secret-*')))}"
        file.write_text(text + end)
        return {"file": str(file)}

    def posts(self) -> list[Posted]:
        """Every request, whichever server took it."""
        return [*self.http.posted, *self.https.posted]

    def mails(self) -> list[Mail]:
        """Every mail, whichever server took it."""
        return [
            m for sink in (self.mail, self.other_mail, self.login_mail, self.tls_mail) for m in sink.mails
        ]


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """A bench whose secrets are kept in `folder`."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    with ExitStack() as stack_:
        yield Bench(
            folder,
            stack_.enter_context(webhook_sink()),
            stack_.enter_context(webhook_sink(tls=tls)),
            stack_.enter_context(smtp_sink()),
            stack_.enter_context(smtp_sink()),
            stack_.enter_context(smtp_sink(credentials=("ops", "right"))),
            stack_.enter_context(smtp_sink(tls=tls)),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What came of one channel: the requests and the mails it made, in order, and what the log says of it."""

    posts: tuple[Posted, ...]
    mails: tuple[Mail, ...]
    log: str
    delivery: Delivery = field(default=Delivery(()))

    @property
    def arrived(self) -> bool:
        """Whether anything did."""
        return bool(self.posts or self.mails)

    @property
    def body(self) -> Any:
        """The body of the first request."""
        return self.posts[0].body

    @property
    def mail(self) -> Mail:
        """The first mail."""
        return self.mails[0]

    def says_resolved(self) -> bool:
        """Whether any notification tells that the first alert is over."""
        texts = [str(post.body) for post in self.posts] + [mail.part("text/plain") for mail in self.mails]
        return any(
            re.search(r"RESOLVED|'status': 'resolved'|\*Resolved\*|'num_resolved': '?1", text)
            for text in texts
        )


def delivery(generation: Generation, name: str, channel: Mapping[str, Any]) -> Delivery:
    """What the channel compiles to for this generation's Alertmanager alone."""
    version = Version.parse(generation.versions["alertmanager"])
    assert version is not None
    context = ChannelContext(name, SEVERITIES, VersionRange(version, version))
    found: Delivery = _CHANNEL.validate_python(channel).delivery(context)
    return found


def render(routing: RoutingTree, folder: Path) -> Path:
    """The Alertmanager part of a build, written into `folder`; the path of its configuration."""
    for path, text in OUTPUT.render(stack(routing=routing)):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder / "alertmanager/alertmanager.yml"


@contextmanager
def run(generation: Generation, deliveries: Mapping[str, Delivery], folder: Path) -> Iterator[RunningServer]:
    """An Alertmanager that sends an alert whose name is a key of `deliveries` by that delivery alone."""
    receivers = [Receiver(name, (name,), way.integrations) for name, way in deliveries.items()]
    routes = [Route(name, (("alertname", name),), ("channels", name)) for name in deliveries]
    root = Route(
        "nobody",
        (),
        ("routing",),
        group_by=("alertname", "service", "severity"),
        group_wait=0.2,
        group_interval=1.0,
        repeat_interval=3600.0,
        routes=tuple(routes),
    )
    config = render(RoutingTree(root, (Receiver("nobody", (), ()), *receivers)), folder)
    arguments = (f"--web.external-url={EXTERNAL_URL}", "--web.route-prefix=/")
    with run_alertmanager(generation, config, storage=folder / "storage", arguments=arguments) as server:
        yield server


def alert(
    name: str, labels: Mapping[str, str] = MappingProxyType({}), *, resolved: bool = False
) -> dict[str, Any]:
    """An alert as Prometheus would send it, begun five minutes ago."""
    now = datetime.now(UTC)
    body = {
        "labels": {
            "alertname": name,
            "service": "checkout",
            "team": "payments",
            "environment": "prod",
            "severity": "high",
            "instance": "one",
            **labels,
        },
        "annotations": {
            "summary": "High error rate on checkout",
            "description": "Error rate exceeds 5%",
            "runbook_url": "https://runbooks.acme.example/checkout/errors",
            "dashboard_url": "https://grafana.acme.example/d/mg-service-checkout",
            "tags": "checkout-flow, web",
        },
        "generatorURL": "http://prometheus.acme.example/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
        "startsAt": (now - timedelta(minutes=5)).isoformat(),
    }
    return body | ({"endsAt": (now - timedelta(seconds=1)).isoformat()} if resolved else {})


def send(server: RunningServer, *alerts: dict[str, Any]) -> None:
    """Posts the alerts, all at once."""
    requests.post(f"{server.url}/api/v2/alerts", json=alerts, timeout=60).raise_for_status()


def try_all(
    generation: Generation,
    tried: Bench,
    channels: Mapping[str, Mapping[str, Any]],
    failing: Collection[str],
    folder: Path,
) -> dict[str, Evidence]:
    """What each channel does when an alert fires, and then ends while another one of its group fires.

    Those in `failing` are waited for until they have failed, the others until they have told of both.
    """
    deliveries = {name: delivery(generation, name, channel) for name, channel in channels.items()}
    # What was sent is looked at again and again, but always tells of the same channels.
    named = cache(lambda text: [name for name in channels if _is_about(name, text)])
    with run(generation, deliveries, folder) as server:

        def seen() -> dict[str, Evidence]:
            logs, posts, mails = (defaultdict[str, list[Any]](list) for _ in range(3))
            for line in server.log().splitlines():
                for name in set(re.findall(r"receiver=(\S+) ", line)):
                    logs[name].append(line)
            for post in tried.posts():
                for name in named(str(post.body)):
                    posts[name].append(post)
            for mail in tried.mails():
                for name in named(mail.part("text/plain")):
                    mails[name].append(mail)
            return {
                name: Evidence(tuple(posts[name]), tuple(mails[name]), "\n".join(logs[name]), way)
                for name, way in deliveries.items()
            }

        send(server, *map(alert, channels))
        _wait_for(channels, seen, lambda name, came: came.arrived or (name in failing and bool(came.log)))
        working = [name for name in channels if name not in failing]
        send(server, *(a for n in working for a in (alert(n, resolved=True), alert(n, {"instance": "two"}))))
        _wait_for(working, seen, lambda _, came: _tells_of_second(came))
        return seen()


def _wait_for(
    names: Iterable[str], seen: Callable[[], Mapping[str, Evidence]], done: Callable[[str, Evidence], bool]
) -> None:
    waiting = set(names)

    def all_done() -> bool:
        came = seen()
        waiting.difference_update([name for name in waiting if done(name, came[name])])
        return not waiting

    try:
        wait_until(all_done)
    except AssertionError:
        raise AssertionError(f"no news of {sorted(waiting)}") from None


def _is_about(name: str, text: str) -> bool:
    return re.search(rf"(?:\b|%22){re.escape(name)}(?![\w-])", text) is not None


def _tells_of_second(evidence: Evidence) -> bool:
    texts: Sequence[str] = [str(post.body) for post in evidence.posts]
    return any("two" in text for text in [*texts, *(mail.part("text/plain") for mail in evidence.mails)])
