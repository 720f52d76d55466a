"""Routes and receivers: whom every alert reaches, by how few and how readable routes."""

from itertools import product
from pathlib import Path

from monitorgen.model.routing import Route
from monitorgen.model.stack import Stack
from monitorgen.proofs.route_tree import RouteNode, Undecided, of_model, walk
from tests.lower.compiling import compiled, lowered, planned

SPEC = """
routing: {default: [spare]}
teams:
  payments: {notify: {default: [chat], low: [mail], critical: [pager, chat], high: [chat, pager]}}
  books: {notify: {critical: [pager]}, description: Keeps the books}
  silent: {description: Owns nothing}
services:
  checkout:
    team: payments
    alerts:
      a: ALERT}
      b: ALERT, channels: [mail, pager]}
      c: ALERT, channels: [pager, mail, mail]}
      d: ALERT, add_channels: [mail]}
  ledger:
    team: books
    alerts:
      e: ALERT, channels: [chat]}
""".replace(
    "ALERT",
    "{condition: {type: threshold, metric: m, operator: above, value: 1}, severity: high, description: d",
)


def receivers(stack: Stack) -> dict[str, tuple[str, ...]]:
    return {receiver.name: receiver.channels for receiver in stack.routing.receivers}


def every(route: Route) -> list[Route]:
    return [route, *(below for child in route.routes for below in every(child))]


def test_teams_stand_by_name_each_with_the_policies_of_its_alerts_first(tmp_path: Path) -> None:
    root = lowered(SPEC, tmp_path).routing.root
    assert [(route.match, route.receiver) for route in root.routes] == [
        ((("team", "books"),), "spare"),
        ((("team", "payments"),), "chat"),
    ]
    books, payments = root.routes
    assert [(route.match, route.receiver) for route in books.routes] == [
        ((("notify", "chat"),), "chat"),
        ((("severity", "critical"),), "pager"),
    ]
    # The worst severity comes before the less bad.
    assert [(route.match, route.receiver) for route in payments.routes] == [
        ((("notify", "chat,mail,pager"),), "chat,mail,pager"),
        ((("notify", "mail,pager"),), "mail,pager"),
        ((("severity", "critical"),), "chat,pager"),
        ((("severity", "high"),), "chat,pager"),
        ((("severity", "low"),), "mail"),
    ]


def test_an_alert_with_channels_of_its_own_keeps_the_grouping_of_its_team(tmp_path: Path) -> None:
    text = SPEC.replace("payments: {notify", "payments: {group_wait: 5s, notify")
    payments = of_model(lowered(text, tmp_path).routing).routes[-1]
    assert payments.settings["group_wait"] == "5s"
    assert all("group_wait" not in below.settings for below in payments.routes)


def test_the_worst_is_the_last_of_the_specs_own_severities(tmp_path: Path) -> None:
    text = SPEC.replace("high", "minor").replace("critical", "major").replace("low:", "fine:")
    payments = lowered("severities: [fine, minor, major]\n" + text, tmp_path).routing.root.routes[-1]
    named = [route.match[0] for route in payments.routes]
    assert [value for label, value in named if label == "severity"] == ["major", "minor", "fine"]


def test_receivers_are_the_policies_that_routes_name_and_no_others(tmp_path: Path) -> None:
    stack = lowered(SPEC, tmp_path)
    assert receivers(stack) == {
        "chat": ("chat",),
        "chat,mail,pager": ("chat", "mail", "pager"),
        "chat,pager": ("chat", "pager"),
        "mail": ("mail",),
        "mail,pager": ("mail", "pager"),
        "pager": ("pager",),
        "spare": ("spare",),
    }
    assert set(receivers(stack)) == {route.receiver for route in every(stack.routing.root)}
    urls = {
        receiver.name: [way.config["url"].rpartition("/")[2] for way in receiver.integrations]
        for receiver in stack.routing.receivers
    }
    assert urls == {name: list(channels) for name, channels in receivers(stack).items()}


def paths(root: RouteNode, labels: dict[str, str]) -> tuple[tuple[RouteNode, ...], ...]:
    found = walk(root, labels)
    assert not isinstance(found, Undecided)
    return found


def test_every_alert_ends_in_its_own_policy_and_in_one_receiver(tmp_path: Path) -> None:
    plan = planned(SPEC, tmp_path)
    root = of_model(lowered(SPEC, tmp_path).routing)
    for service in plan.services:
        for alert in service.alerts:
            (path,) = paths(root, {"alertname": alert.name, **alert.labels})
            own = alert.channels or plan.teams[alert.team].channels(alert.severity) or plan.default_channels
            assert path[-1].receiver == ",".join(own)


def test_every_severity_of_a_team_reaches_what_the_team_says(tmp_path: Path) -> None:
    plan = planned(SPEC, tmp_path)
    root = of_model(lowered(SPEC, tmp_path).routing)
    for team, severity in product(("payments", "books"), plan.severities):
        (path,) = paths(root, {"team": team, "severity": severity})
        assert path[-1].receiver == ",".join(plan.teams[team].channels(severity) or plan.default_channels)


def test_no_route_goes_on_to_the_next(tmp_path: Path) -> None:
    assert not any("continue" in route.extra for route in every(lowered(SPEC, tmp_path).routing.root))


def test_routes_say_where_they_come_from(tmp_path: Path) -> None:
    root = lowered(SPEC, tmp_path).routing.root
    assert root.origin == ("routing", "default")
    assert [".".join(route.origin) for route in every(root)[1:]] == [
        "routing.default",
        "services.ledger.alerts.e",
        "teams.books.notify.critical",
        "teams.payments.notify.default",
        "services.checkout.alerts.d",
        "services.checkout.alerts.b",
        "teams.payments.notify.critical",
        "teams.payments.notify.high",
        "teams.payments.notify.low",
    ]
    assert root.routes[0].comment == "Keeps the books"


def test_without_a_default_the_root_tells_nobody(tmp_path: Path) -> None:
    text = SPEC.replace("routing: {default: [spare]}\n", "")
    found = compiled(text, tmp_path)
    assert found.stack is not None
    assert found.stack.routing.root.receiver == "nobody"
    (nobody,) = (r for r in found.stack.routing.receivers if r.name == "nobody")
    assert (nobody.channels, nobody.integrations) == ((), ())


def test_a_channel_switched_off_is_in_no_policy(tmp_path: Path) -> None:
    off = "channels: {mail: {enabled: false, reason: the server moves}}\n"
    found = compiled(SPEC + "", tmp_path, others={"off.yaml": off})
    assert found.stack is not None
    assert not any("mail" in channels for channels in receivers(found.stack).values())


def test_grouping_is_by_alert_service_and_severity_and_environment_if_there_is_one(tmp_path: Path) -> None:
    bare = lowered(SPEC, tmp_path).routing.root
    assert bare.group_by == ("alertname", "service", "severity")
    named = lowered("environment: prod\n" + SPEC, tmp_path).routing.root
    assert named.group_by == ("alertname", "service", "environment", "severity")
    assert all(route.group_by is None for route in every(named)[1:])


def test_a_team_groups_and_repeats_as_it_says(tmp_path: Path) -> None:
    said = (
        "group_by: [team], group_wait: 0s, group_interval: 1m, repeat_interval: 1h, extra: {continue: false}"
    )
    text = SPEC.replace("silent: {description", f"silent: {{notify: {{default: [chat]}}, {said}, description")
    silent = lowered(text, tmp_path).routing.root.routes[-1]
    assert silent.match == (("team", "silent"),)
    assert (silent.group_by, silent.group_wait, silent.group_interval) == (("team",), 0, 60)
    assert (silent.repeat_interval, silent.extra) == (3600, {"continue": False})
