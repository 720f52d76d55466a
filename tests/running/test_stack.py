"""A built tree at work: what breaks is told to the right people, and only to them, until it is mended."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.running.world import World, world
from tests.support.servers import Generation
from tests.support.stack_runner import build
from tests.support.waiting import wait_until

RUNBOOKS = "https://runbooks.acme.example"


@pytest.fixture(scope="module")
def running(generation: Generation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(generation, tmp_path_factory.mktemp("running")) as built:
        yield built


def only_alert(notification: dict[str, Any]) -> dict[str, Any]:
    (alert,) = notification["alerts"]
    found: dict[str, Any] = alert
    return found


def test_nothing_is_told_while_all_is_well(running: World) -> None:
    wait_until(lambda: not running.stack.query("ALERTS"))
    assert running.sink.posted == []
    assert running.mail.mails == []


def test_targets_carry_the_labels_of_job_service_and_defaults(running: World) -> None:
    assert len(running.stack.query('up{job="checkout-shop"}')) == 1
    (up,) = running.stack.wait_for('up{job="checkout-shop"} == 1', 1)
    assert up["metric"] == {
        "__name__": "up",
        "job": "checkout-shop",
        "instance": running.shop.address,
        "service": "checkout",
        "region": "here",
        "tier": "front",
        "rack": "r1",
    }


def test_a_failing_check_pages_its_team(running: World) -> None:
    alert = "health_check_failed"
    running.shop.healthy = False
    fired = only_alert(running.wait_for("payments-pager", alert, "firing"))
    page = f"http://{running.shop.address}/healthz"
    assert fired["labels"] == {
        "alertname": alert,
        "severity": "critical",
        "team": "payments",
        "service": "checkout",
        "environment": "loopback",
        "check": "health",
        "region": "here",
        "tier": "front",
        "page": "health",
        "cluster": "one",
        "job": "checks-3s-3s",
        "instance": page,
    }
    dashboard = fired["annotations"].pop("dashboard_url")
    assert dashboard.startswith("https://grafana.acme.example/d/")
    assert fired["annotations"] == {
        "summary": f"{alert} on checkout",
        "description": f"The http check health of checkout fails or cannot be made: {page}",
        "runbook_url": f"{RUNBOOKS}/checkout/{alert}",
    }
    running.shop.healthy = True
    running.wait_for("payments-pager", alert, "firing", "resolved")
    assert running.channels(alert) == {"payments-pager"}
    assert running.mails(alert) == []


def test_a_metric_over_its_threshold_is_told_by_severity(running: World) -> None:
    """By way of a recorded series; the alert's own labels, tags and templates arrive with it."""
    running.shop.samples["shop_errors"] = 8.0
    notification = running.wait_for("payments-chat", "high_error_rate", "firing")
    assert notification["receiver"] == "payments-chat"
    assert notification["groupLabels"] == {
        "alertname": "high_error_rate",
        "service": "checkout",
        "environment": "loopback",
        "severity": "high",
    }
    fired = only_alert(notification)
    assert fired["labels"] == {
        **notification["groupLabels"],
        "team": "payments",
        "region": "here",
        "tier": "front",
        "flow": "orders",
        "cluster": "one",
    }
    del fired["annotations"]["dashboard_url"]
    assert fired["annotations"] == {
        "summary": "Orders fail",
        "description": "8% of the orders at checkout fail.",
        "runbook_url": f"{RUNBOOKS}/checkout/high_error_rate",
        "tags": "orders, money",
        "seen_in": "loopback",
    }
    running.shop.samples["shop_errors"] = 1.0
    running.wait_for("payments-chat", "high_error_rate", "firing", "resolved")
    assert running.channels("high_error_rate") == {"payments-chat"}


def test_metrics_that_vanish_are_missed(running: World) -> None:
    beat = running.shop.samples.pop("shop_heartbeat")
    fired = only_alert(running.wait_for("payments-pager", "no_heartbeat", "firing"))
    assert fired["labels"]["service"] == "checkout"
    assert fired["annotations"]["description"] == "The shop is silent."
    running.shop.samples["shop_heartbeat"] = beat
    running.wait_for("payments-pager", "no_heartbeat", "firing", "resolved")
    assert running.channels("no_heartbeat") == {"payments-pager"}


def test_an_alert_with_channels_of_its_own_bypasses_its_team(running: World) -> None:
    running.shop.samples["shop_queue"] = 250.0
    fired = only_alert(running.wait_for("incidents", "queue_full", "firing"))
    assert fired["labels"]["notify"] == "incidents"
    assert fired["annotations"]["description"] == "250 orders wait."
    running.shop.samples["shop_queue"] = 3.0
    running.wait_for("incidents", "queue_full", "firing", "resolved")
    assert running.channels("queue_full") == {"incidents"}


def test_an_alert_with_channels_besides_reaches_both(running: World) -> None:
    running.shop.samples["shop_order_seconds"] = 0.7
    both = "incidents,payments-chat"
    for channel in ("incidents", "payments-chat"):
        notification = running.wait_for(channel, "slow_orders", "firing")
        assert notification["receiver"] == only_alert(notification)["labels"]["notify"] == both
    running.shop.samples["shop_order_seconds"] = 0.2
    for channel in ("incidents", "payments-chat"):
        running.wait_for(channel, "slow_orders", "firing", "resolved")
    assert running.channels("slow_orders") == {"incidents", "payments-chat"}


def test_two_alerts_of_one_group_come_as_one_and_by_mail(running: World) -> None:
    disks = ['shop_disk_used_percent{disk="a"}', 'shop_disk_used_percent{disk="b"}']
    running.shop.samples.update(dict.fromkeys(disks, 95.0))
    notification = running.wait_for("platform-chat", "disk_full", "firing")
    assert notification["receiver"] == "platform-chat,platform-mail"
    assert sorted(alert["labels"]["disk"] for alert in notification["alerts"]) == ["a", "b"]
    wait_until(lambda: running.mails("disk_full"))
    (mail,) = running.mails("disk_full")
    assert (mail.sender, mail.recipients) == ("alerts@acme.example", ("platform@acme.example",))
    page = mail.part("text/html")
    assert "Disk a of ledger is &lt;almost&gt; full." in page
    assert "Disk b of ledger is &lt;almost&gt; full." in page
    links = {unescape(link) for link in re.findall(r'href="([^"]+)"', page)}
    assert f"{RUNBOOKS}/ledger/disk_full" in links
    assert any(link.startswith("https://grafana.acme.example/d/") for link in links)
    assert any(link.startswith(f"http://{running.addresses.alertmanager}/#/silences/new?") for link in links)
    (graph,) = (link for link in links if link.startswith(f"http://{running.addresses.prometheus}/graph?"))
    assert parse_qs(urlsplit(graph).query)["g0.expr"] == [running.stack.rules()["disk_full"]["query"]]
    running.shop.samples.update(dict.fromkeys(disks, 40.0))
    running.wait_for("platform-chat", "disk_full", "firing", "resolved")
    wait_until(lambda: len(running.mails("disk_full")) == 2)
    assert "RESOLVED" in running.mails("disk_full")[1].part("text/plain")
    assert running.channels("disk_full") == {"platform-chat"}


def test_what_comes_and_goes_within_its_cooldown_is_told_once(running: World) -> None:
    """`link_down` watches the same metric without a cooldown, and is told each time."""
    told: list[str] = []
    for state, link in (("firing", 0.0), ("resolved", 1.0), ("firing", 0.0), ("resolved", 1.0)):
        running.shop.samples["shop_link"] = link
        told.append(state)
        running.wait_for("payments-chat", "link_down", *told)
    assert running.states("payments-chat", "link_unsteady") == ["firing"]
    running.wait_for("payments-chat", "link_unsteady", "firing", "resolved")


def test_a_spec_that_changes_takes_effect_on_reload(running: World) -> None:
    added = """
      new_orders:
        condition: {type: threshold, metric: shop_requests, operator: at_least, value: 200}
        severity: medium
        channels: [anybody]
        description: There are orders.
"""
    text = running.spec.read_text()
    assert text.count("      disk_full:") == 1
    kept, _, _ = text.partition("      disk_full:")
    running.spec.write_text(kept.rstrip() + added)
    build(running.spec, running.tree)
    assert "new_orders" not in running.stack.rules()
    running.stack.reload()
    rules = running.stack.rules()
    assert "new_orders" in rules
    assert "disk_full" not in rules
    running.shop.samples["shop_requests"] = 200.0
    fired = only_alert(running.wait_for("anybody", "new_orders", "firing"))
    assert fired["labels"]["service"] == "ledger"
    assert running.channels("new_orders") == {"anybody"}
