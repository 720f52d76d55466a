"""Every field of a scrape job: a real Prometheus scrapes otherwise when it changes."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitorgen.spec.service import Scrape
from monitorgen.vocabulary.discovery import DISCOVERIES
from tests.checks.services import CERTIFICATES, PASSWORD, TOKEN, USER
from tests.discovery.building import Prometheus, Target, built, running
from tests.discovery.metrics_server import metrics_server
from tests.support.servers import Generation
from tests.support.waiting import wait_until

Observe = Callable[[Prometheus, Target], object]

SWITCHES = {"enabled", "reason"}


@dataclass(frozen=True, slots=True)
class Witness:
    """Two jobs that differ in one field, what to look at, and what is to be seen there."""

    one: dict[str, Any]
    other: dict[str, Any]
    observe: Observe
    seen: tuple[object, object]


@dataclass(frozen=True, slots=True)
class Ports:
    plain: int
    secure: int
    mutual: int


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with (
        metrics_server() as plain,
        metrics_server(tls=True) as secure,
        metrics_server(tls=True, clients=True) as mutual,
    ):
        yield Ports(plain, secure, mutual)


def health(_: Prometheus, target: Target) -> str:
    return target.health


def of(name: str) -> Observe:
    return lambda _, target: getattr(target, name)


def label(name: str) -> Observe:
    return lambda _, target: target.labels.get(name)


def jobs(name: str, metric: str = "jobs_total") -> Observe:
    """The values that a label has on the series of a job."""

    def values(prometheus: Prometheus, target: Target) -> list[str]:
        instance = target.labels["instance"]
        found = prometheus.series(f'{metric}{{instance="{instance}", pool="{target.job}"}}')
        return sorted({series.get(name, "") for series in found})

    return values


def table(ports: Ports, folder: Path) -> dict[str, Witness]:
    password, token, wrong = folder / "password", folder / "token", folder / "wrong"
    password.write_text(PASSWORD)
    token.write_text(f"{TOKEN}\n")
    wrong.write_text("guess")
    user = {"username": USER, "password": {"file": str(password)}}
    own, client = str(CERTIFICATES / "server.pem"), str(CERTIFICATES / "client.pem")
    trust = {"ca_file": own, "server_name": "checkout.test"}
    shown = {**trust, "cert_file": client, "key_file": client}

    def secure(port: int, **tls: Any) -> dict[str, Any]:
        return {"scheme": "https", "static": [f"127.0.0.1:{port}"], "tls": tls}

    up_down = ("up", "down")
    drop_b = [{"source_labels": ["kind"], "regex": "b", "action": "drop"}]
    return {
        "interval": Witness({"interval": "6s"}, {"interval": "7s"}, of("interval"), ("6s", "7s")),
        "timeout": Witness(
            {"path": "/slow", "interval": "5s", "timeout": "5s"},
            {"path": "/slow", "interval": "5s", "timeout": "300ms"},
            health,
            up_down,
        ),
        "path": Witness({"path": "/elsewhere"}, {"path": "/nowhere"}, health, up_down),
        "scheme": Witness(
            {**secure(ports.secure, **trust)},
            {**secure(ports.secure, **trust), "scheme": "http"},
            health,
            up_down,
        ),
        "params": Witness(
            {"path": "/query", "params": {"view": "all", "kind": ["full", "more"]}},
            {"path": "/query", "params": {"view": "all"}},
            health,
            up_down,
        ),
        "labels": Witness(
            {"labels": {"zone": "a$1"}}, {"labels": {"zone": "b"}}, label("zone"), ("a$1", "b")
        ),
        "honor_labels": Witness(
            {"honor_labels": "true"}, {}, jobs("job"), (["of-the-application"], ["checkout-honor-labels-b"])
        ),
        "sample_limit": Witness({"sample_limit": "3"}, {"sample_limit": "2"}, health, up_down),
        "basic_auth": Witness({"path": "/basic", "basic_auth": user}, {"path": "/basic"}, health, up_down),
        "basic_auth.password": Witness(
            {"path": "/basic", "basic_auth": user},
            {"path": "/basic", "basic_auth": {**user, "password": {"file": str(wrong)}}},
            health,
            up_down,
        ),
        "bearer_token": Witness(
            {"path": "/token", "bearer_token": {"file": str(token)}}, {"path": "/token"}, health, up_down
        ),
        "tls.ca_file": Witness(
            secure(ports.secure, **trust), secure(ports.secure, server_name="checkout.test"), health, up_down
        ),
        "tls.server_name": Witness(
            secure(ports.secure, **trust), secure(ports.secure, ca_file=own), health, up_down
        ),
        "tls.insecure_skip_verify": Witness(
            secure(ports.secure, insecure_skip_verify="true"), secure(ports.secure), health, up_down
        ),
        "tls.cert_file and key_file": Witness(
            secure(ports.mutual, **shown), secure(ports.mutual, **trust), health, up_down
        ),
        "relabel": Witness(
            {"relabel": [{"target_label": "zone", "replacement": "z"}]}, {}, label("zone"), ("z", None)
        ),
        "metric_relabel": Witness({"metric_relabel": drop_b}, {}, jobs("kind"), (["a"], ["a", "b"])),
        "extra": Witness({}, {"extra": {"body_size_limit": "10B"}}, health, up_down),
        "extra, joined with our own": Witness(
            {
                "relabel": [{"target_label": "zone", "replacement": "z"}],
                "extra": {"relabel_configs": [{"target_label": "rack", "replacement": "r"}]},
            },
            {},
            lambda _, target: (target.labels.get("zone"), target.labels.get("rack")),
            (("z", "r"), (None, None)),
        ),
    }


def test_every_field_changes_what_is_scraped(generation: Generation, tmp_path: Path, ports: Ports) -> None:
    witnesses = table(ports, tmp_path)
    scrape: dict[str, dict[str, Any]] = {}
    names: dict[str, tuple[str, str]] = {}
    for name, witness in witnesses.items():
        key = re.sub(r"[^a-z]+", "-", name)
        names[name] = (f"{key}-a", f"{key}-b")
        for job, fields in zip(names[name], (witness.one, witness.other), strict=True):
            # The label `pool` says on every series which of the many jobs it is from.
            labels = {**fields.get("labels", {}), "pool": f"checkout-{job}"}
            base = {"static": [f"127.0.0.1:{ports.plain}"], "interval": "5s", "timeout": "5s"}
            scrape[job] = {**base, **fields, "labels": labels}
            if name == "timeout":
                scrape[job]["timeout"] = fields["timeout"]
    expected = {name: witness.seen for name, witness in witnesses.items()}
    seen: dict[str, tuple[object, ...]] = {}
    with running(generation, built(tmp_path, {"scrape": scrape}), tmp_path) as prometheus:
        prometheus.wait_for(len(scrape))

        def as_expected() -> bool:
            targets = {target.job: target for target in prometheus.targets()}
            for name, pair in names.items():
                observe = witnesses[name].observe
                seen[name] = tuple(observe(prometheus, targets[f"checkout-{job}"]) for job in pair)
            return seen == expected

        # A target is shown as up a moment before its series can be asked for.
        with suppress(AssertionError):
            wait_until(as_expected)
    assert seen == expected
    covered = {re.split(r"[,.]", name)[0] for name in witnesses}
    discoveries = {discovery.key for discovery in DISCOVERIES}
    assert set(Scrape.model_fields) - discoveries - SWITCHES == covered


def test_a_job_that_is_switched_off_is_not_there(tmp_path: Path) -> None:
    off = {"static": ["a:1"], "enabled": "false", "reason": "moved to the new cluster"}
    stack = built(tmp_path, {"scrape": {"old": off, "new": {"static": ["b:1"]}}})
    assert [job.name for job in stack.jobs] == ["checkout-new"]
