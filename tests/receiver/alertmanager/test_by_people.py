"""People list, make and end silences, and nobody those of others."""

from datetime import UTC, datetime, timedelta

import pytest

from monitorgen_exporters.receiver.access.principal import Principal
from monitorgen_exporters.receiver.alertmanager.by_people import (
    SilenceNotFound,
    SilenceRefused,
    SilenceUnavailable,
    create,
    delete,
    list_silences,
)
from monitorgen_exporters.receiver.alertmanager.client import Peer, peers_of
from monitorgen_exporters.receiver.alertmanager.matchers import Matcher
from monitorgen_exporters.receiver.alertmanager.reconcile import Reconciler
from monitorgen_exporters.receiver.episodes import lifecycle
from tests.support.alertmanagers import SOURCE, Cluster, Core
from tests.support.waiting import wait_until

ANN = Principal("ann", "user:ann", frozenset({"silence"}))
OF_ACME = Principal("ben", "key:ben", frozenset({"silence"}), "acme")
WEB = {"alertname": "WebDown"}
SOON = "2126-01-01T00:00:00Z"
NAMED = (Matcher("alertname", "WebDown"),)
NAMED_BY_ACME = (*NAMED, Matcher("tenant", "acme"))


def later(seconds: float = 3600) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def peers(cluster: Cluster, core: Core) -> tuple[Peer, ...]:
    """The Alertmanagers of the cluster."""
    return peers_of(core.settings(cluster))


def made(
    core: Core,
    reconciler: Reconciler,
    matchers: tuple[Matcher, ...] = NAMED,
    until: str = "",
    why: str = "maintenance",
    by: Principal = ANN,
) -> str:
    with core.database.write() as work:
        id = create(work, SOURCE, matchers, until or later(), why, by)
    reconciler.look()
    return id


def test_a_silence_from_end_to_end(core: Core, cluster: Cluster, peers: tuple[Peer, ...]) -> None:
    reconciler = core.reconciler(cluster)
    id = made(core, reconciler)
    (silence,) = list_silences(peers, ANN)
    assert silence.created_by == "user:ann (monitorgen)"
    assert silence.comment == f"maintenance [monitorgen:{id}]"
    assert silence.matchers == list(NAMED)
    cluster.kill()
    cluster.start()
    reconciler.look()
    (again,) = list_silences(peers, ANN)
    assert again.ends_at == silence.ends_at

    delete(core.database, SOURCE, peers, again.id, ANN)
    assert list_silences(peers, ANN) == []
    reconciler.look()
    delete(core.database, SOURCE, peers, again.id, ANN)
    assert cluster.silences() == []
    types = [record.type for record in core.records() if record.category == "silence"]
    assert types == ["silence.requested", "silence.made", "silence.made", "silence.deleted", "silence.ended"]


def test_one_that_was_made_elsewhere_can_be_ended(
    core: Core, cluster: Cluster, peers: tuple[Peer, ...]
) -> None:
    id = cluster.silence(WEB)
    delete(core.database, SOURCE, peers, id, ANN)
    assert cluster.silences() == []
    with pytest.raises(SilenceNotFound):
        delete(core.database, SOURCE, peers, "00000000-0000-0000-0000-000000000000", ANN)


def test_a_tenant_has_its_own_alone(core: Core, cluster: Cluster, peers: tuple[Peer, ...]) -> None:
    reconciler = core.reconciler(cluster)
    other = cluster.silence(WEB)
    nearly = cluster.silence(WEB | {"tenant": "acme2"})
    made(core, reconciler, NAMED_BY_ACME, by=OF_ACME)
    (mine,) = list_silences(peers, OF_ACME)
    for id in (other, nearly):
        with pytest.raises(SilenceNotFound):
            delete(core.database, SOURCE, peers, id, OF_ACME)
    delete(core.database, SOURCE, peers, mine.id, OF_ACME)
    assert {silence.id for silence in list_silences(peers, ANN)} == {other, nearly}


def test_what_follows_from_an_acknowledgement_goes_with_it(
    core: Core, cluster: Cluster, peers: tuple[Peer, ...]
) -> None:
    cluster.post(WEB)
    wait_until(core.episodes)
    with core.database.write() as work:
        lifecycle.acknowledge(work, core.only().id, "user:ann", "I am at it", None, longest=None)
    core.reconciler(cluster).look()
    (silence,) = list_silences(peers, ANN)
    with pytest.raises(SilenceRefused, match="take that back instead"):
        delete(core.database, SOURCE, peers, silence.id, ANN)
    assert len(cluster.silences()) == 1


@pytest.mark.parametrize(
    ("matchers", "until", "why", "by", "said"),
    [
        ((), SOON, "why", ANN, "has 1 to 100 matchers"),
        (NAMED * 101, SOON, "why", ANN, "has 1 to 100 matchers"),
        ((Matcher("alertname", ".*", is_regex=True),), SOON, "why", ANN, "too much"),
        ((Matcher("alertname", "x", is_equal=False),), SOON, "why", ANN, "too much"),
        (NAMED, SOON, "why", OF_ACME, 'tenant="acme"'),
        ((Matcher("", "x"),), SOON, "why", ANN, "names a label"),
        ((Matcher("alertname", "x" * 5000),), SOON, "why", ANN, "at most 4096"),
        ((Matcher("alertname", "x\0"),), SOON, "why", ANN, "no NUL"),
        ((Matcher("alertname", "\ud800"),), SOON, "why", ANN, "no NUL"),
        (NAMED, SOON, " ", ANN, "A reason is needed"),
        (NAMED, "2020-01-01T00:00:00Z", "why", ANN, "a time to come"),
        (NAMED, "tomorrow", "why", ANN, "a time with its zone"),
        (NAMED, "2026-11-21T18:00:00", "why", ANN, "a time with its zone"),
    ],
)
def test_what_is_refused(
    core: Core, matchers: tuple[Matcher, ...], until: str, why: str, by: Principal, said: str
) -> None:
    with core.database.write() as work, pytest.raises(SilenceRefused) as refused:
        create(work, SOURCE, matchers, until, why, by)
    assert said in str(refused.value)
    with core.database.read() as store:
        assert store.query("SELECT * FROM receiver_silence") == []


def test_nobody_answers(core: Core, cluster: Cluster, peers: tuple[Peer, ...]) -> None:
    cluster.kill()
    with pytest.raises(SilenceUnavailable, match="cannot be reached"):
        list_silences(peers, ANN)
    with pytest.raises(SilenceUnavailable, match="cannot be reached"):
        delete(core.database, SOURCE, peers, "x", ANN)


def test_alertmanager_refuses(core: Core, cluster: Cluster) -> None:
    """What it takes for no matcher is told in its own words, and asked for again at the next look."""
    reconciler = core.reconciler(cluster)
    with core.database.write() as work:
        create(work, SOURCE, (*NAMED, Matcher("b", "(", is_regex=True)), later(), "why", ANN)
    assert "answered 400" in reconciler.look().error
    assert cluster.silences() == []
