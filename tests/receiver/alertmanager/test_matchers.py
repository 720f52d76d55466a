"""Matchers match one alert and no other; a person's silence names what it silences."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.receiver.alertmanager.matchers import Matcher, matchers_of_alert, why_too_broad

NAMES = st.sampled_from(["alertname", "service", "instance", "escalation_stage", "tenant"])
VALUES = st.sampled_from(["", "a", "b", 'a"b', ".*", "a\nb"])
LABELS = st.dictionaries(NAMES, VALUES, min_size=1)


def matched(matchers: tuple[Matcher, ...], labels: Mapping[str, str]) -> bool:
    """Whether a silence with these matchers mutes the alert, as Alertmanager has it."""
    return all(
        (bool(re.fullmatch(each.value, found)) if each.is_regex else each.value == found) == each.is_equal
        for each in matchers
        for found in [labels.get(each.name, "")]
    )


@given(LABELS, st.lists(LABELS), st.booleans())
def test_they_match_one_alert_of_all_that_fire(
    labels: dict[str, str], others: list[dict[str, str]], stages_only: bool
) -> None:
    # Alertmanager drops labels without a value.
    labels = {name: value for name, value in labels.items() if value and name != "escalation_stage"}
    everything = [{name: value for name, value in other.items() if value} for other in others]
    matchers = matchers_of_alert(labels, everything, stages_only=stages_only)
    if matchers is None:
        assert not labels
        return
    assert matched(matchers, labels) is not stages_only
    assert matched(matchers, labels | {"escalation_stage": "2"})
    for other in everything:
        alone = {name: value for name, value in other.items() if name != "escalation_stage"}
        assert not matched(matchers, other) or alone == labels


def test_what_had_to_be_missing_still_has_to_be() -> None:
    labels = {"alertname": "WebDown"}
    first = matchers_of_alert(labels, [labels | {"instance": "1"}], stages_only=True)
    assert first is not None
    assert Matcher("instance", "") in first
    assert matchers_of_alert(labels, [], stages_only=True, before=first) == first


ALERT, ACME = Matcher("alertname", "WebDown"), Matcher("tenant", "acme")


@pytest.mark.parametrize(
    "matchers",
    [
        (ALERT,),
        (Matcher("alertname", "Web.*", is_regex=True),),
        (Matcher("service", "web|shop", is_regex=True),),
        (Matcher("service", "web", is_equal=False), ALERT),
        (Matcher("instance", "web-[0-9]+", is_regex=True), ALERT),
        (Matcher("instance", ""), ALERT),
    ],
)
def test_what_anybody_may_silence(matchers: tuple[Matcher, ...]) -> None:
    assert why_too_broad(matchers, None) == ""


@pytest.mark.parametrize(
    "matchers",
    [
        (),
        (Matcher("alertname", ".*", is_regex=True),),
        (Matcher("alertname", ".+", is_regex=True),),
        (Matcher("alertname", "", is_regex=True),),
        (Matcher("alertname", "a|.*", is_regex=True),),
        (Matcher("alertname", "a|", is_regex=True),),
        (Matcher("alertname", "(?s).*", is_regex=True),),
        (Matcher("alertname", "[^x]*", is_regex=True),),
        (Matcher("alertname", "a*", is_regex=True),),
        (Matcher("alertname", "a?", is_regex=True),),
        (Matcher("alertname", "x", is_equal=False),),
        (Matcher("alertname", "x", is_equal=False, is_regex=True),),
        (Matcher("alertname", ""),),
    ],
)
def test_what_nobody_may_silence(matchers: tuple[Matcher, ...]) -> None:
    assert "too much" in why_too_broad(matchers, None)
    assert "too much" in why_too_broad(matchers, "acme") or matchers == (ACME,)


@pytest.mark.parametrize(
    ("matchers", "why"),
    [
        ((ALERT,), 'add the matcher tenant="acme"'),
        ((ALERT, Matcher("tenant", "other")), 'add the matcher tenant="acme"'),
        ((ALERT, Matcher("tenant", "acme|other", is_regex=True)), 'add the matcher tenant="acme"'),
        ((ALERT, Matcher("tenant", "acme", is_equal=False)), 'add the matcher tenant="acme"'),
        ((ACME,), "everything of the tenant"),
        ((ACME, Matcher("alertname", ".*", is_regex=True)), "everything of the tenant"),
        ((ACME, ALERT, Matcher("service", "web", is_equal=False)), 'service!="web" is negative'),
        ((ACME, ALERT, Matcher("service", ".*", is_regex=True)), 'service=~".*" is too broad'),
        ((ACME, ALERT), ""),
        ((ACME, ALERT, Matcher("service", "web-.+", is_regex=True)), ""),
    ],
)
def test_what_a_tenant_may_silence(matchers: tuple[Matcher, ...], why: str) -> None:
    found = why_too_broad(matchers, "acme")
    assert (why in found) if why else found == ""
