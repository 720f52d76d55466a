"""The world of the running proof: a shop, the stack that watches it, and everyone who is told."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from tests.running.shop import Shop, shop
from tests.support.servers import Generation
from tests.support.sinks import Mail, SmtpSink, WebhookSink, smtp_sink, webhook_sink
from tests.support.stack_runner import Addresses, RunningStack, build, free_addresses, run_stack
from tests.support.waiting import wait_until

__all__ = ["World", "world"]

SPEC = """
organization: acme
environment: loopback
defaults:
  scrape_interval: 1s
  evaluation_interval: 1s
  labels: {region: here}
  external_labels: {cluster: one}
  runbook: https://runbooks.acme.example/${service}/${alert}
  channels:
    email: {smtp_server: 127.0.0.1, smtp_port: $SMTP, use_tls: false, from_email: alerts@acme.example}
servers:
  prometheus: {address: "$PROMETHEUS"}
  alertmanager: {addresses: ["$ALERTMANAGER"]}
  blackbox_exporter: {address: "$BLACKBOX"}
  grafana: {url: https://grafana.acme.example}
routing: {default: [anybody], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}

channels:
  anybody: {type: webhook, url: $SINK/anybody}
  payments-pager: {type: webhook, url: $SINK/payments-pager}
  payments-chat: {type: webhook, url: $SINK/payments-chat}
  platform-chat: {type: webhook, url: $SINK/platform-chat}
  platform-mail: {type: email, recipients: [platform@acme.example]}
  incidents: {type: webhook, url: $SINK/incidents}

teams:
  payments: {notify: {critical: [payments-pager], default: [payments-chat]}}
  platform: {notify: {default: [platform-chat, platform-mail]}}

services:
  checkout:
    team: payments
    labels: {tier: front}
    scrape:
      shop: {static: ["$SHOP"], labels: {rack: r1}}
    checks:
      health:
        type: http
        url: http://$SHOP/healthz
        expected_content: "status: healthy"
        labels: {page: health}
        interval: 3s
        timeout: 3s
        alert: {severity: critical, for: 3s}
    recordings:
      service:shop_errors:ratio:
        expr: sum(shop_errors{service="checkout"}) / sum(shop_requests{service="checkout"})
    alerts:
      high_error_rate:
        condition: {type: threshold, metric: "service:shop_errors:ratio", operator: above, value: 5%}
        for: 2s
        severity: high
        summary: Orders fail
        description: "{{ $value | humanizePercentage }} of the orders at ${service} fail."
        tags: [orders, money]
        labels: {flow: orders}
        annotations: {seen_in: "{{ $labels.cluster }}${environment}"}
      no_heartbeat:
        condition: {type: absence, metric: shop_heartbeat, window: 10s}
        severity: critical
        description: The shop is silent.
      queue_full:
        condition: {type: threshold, metric: shop_queue, operator: above, value: 100}
        severity: critical
        channels: [incidents]
        description: "{{ $value }} orders wait."
      slow_orders:
        condition: {type: threshold, metric: shop_order_seconds, operator: above, value: 500ms}
        severity: high
        add_channels: [incidents]
        description: An order takes {{ $value }} seconds.
      link_down:
        condition: {type: threshold, metric: shop_link, operator: equals, value: 0}
        severity: low
        description: The link is down.
      link_unsteady:
        condition: {type: threshold, metric: shop_link, operator: equals, value: 0}
        severity: low
        cooldown: 30s
        description: The link comes and goes.
  ledger:
    team: platform
    scrape:
      books: {static: ["$SHOP"]}
    alerts:
      disk_full:
        condition: {type: threshold, metric: shop_disk_used_percent, operator: above, value: 90}
        for: 1s
        severity: high
        description: "Disk {{ $labels.disk }} of ${service} is <almost> full."
"""

_QUIET = {
    "shop_errors": 1.0,
    "shop_requests": 100.0,
    "shop_heartbeat": 1.0,
    "shop_queue": 3.0,
    "shop_order_seconds": 0.2,
    "shop_link": 1.0,
    'shop_disk_used_percent{disk="a"}': 40.0,
    'shop_disk_used_percent{disk="b"}': 40.0,
}


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs."""

    shop: Shop
    stack: RunningStack
    addresses: Addresses
    sink: WebhookSink
    mail: SmtpSink
    spec: Path
    tree: Path

    def told(self, channel: str, alert: str) -> list[dict[str, Any]]:
        """The notifications about `alert` that came by the webhook `channel`, in order."""
        return [body for body in self.sink.bodies(f"/{channel}") if _is_about(body, alert)]

    def states(self, channel: str, alert: str) -> list[str]:
        """`firing` or `resolved` for each of them."""
        return [body["status"] for body in self.told(channel, alert)]

    def wait_for(self, channel: str, alert: str, *states: str) -> dict[str, Any]:
        """The last notification, once there are as many as `states`; they must say just that."""
        wait_until(lambda: len(self.told(channel, alert)) >= len(states))
        assert self.states(channel, alert) == list(states)
        return self.told(channel, alert)[-1]

    def channels(self, alert: str) -> set[str]:
        """The webhooks that were ever told of `alert`."""
        return {post.path.strip("/") for post in list(self.sink.posted) if _is_about(post.body, alert)}

    def mails(self, alert: str) -> list[Mail]:
        """The mails about `alert`, in order."""
        return [mail for mail in list(self.mail.mails) if alert in mail.part("text/html")]


def _is_about(body: dict[str, Any], alert: str) -> bool:
    return any(one["labels"]["alertname"] == alert for one in body["alerts"])


@contextmanager
def world(generation: Generation, folder: Path) -> Iterator[World]:
    """A quiet world: all servers run, and Prometheus has seen that the shop is well.

    It has missed the shop's heartbeat before it first looked; that was over before there was an Alertmanager
    to tell.
    """
    with ExitStack() as running:
        served = running.enter_context(shop(**_QUIET))
        sink = running.enter_context(webhook_sink())
        mail = running.enter_context(smtp_sink())
        addresses = free_addresses()
        spec, tree = folder / "spec.yaml", folder / "build"
        spec.write_text(
            Template(SPEC).safe_substitute(
                SHOP=served.address,
                SINK=sink.url,
                SMTP=mail.port,
                PROMETHEUS=addresses.prometheus,
                ALERTMANAGER=addresses.alertmanager,
                BLACKBOX=addresses.blackbox_exporter,
            )
        )
        build(spec, tree)
        begun = "(probe_success == 1) and on () service:shop_errors:ratio"
        stack = running.enter_context(run_stack(generation, tree, addresses, folder / "storage", begun=begun))
        yield World(served, stack, addresses, sink, mail, spec, tree)
