"""What lists are made with: label filters that are exact, and an index that the planner takes."""

import sqlite3
from pathlib import Path

import orjson
from hypothesis import given
from hypothesis import strategies as st

from monitorgen_exporters.receiver.queries.alerts import AlertQuery, find_alerts
from monitorgen_exporters.receiver.queries.conditions import Conditions
from tests.support.receiver_api import Api, alert, running_api, settings_of

# What JSON is made of, so that texts look like members.
_TEXT = st.text(alphabet='",:{}[]\\an\u2028é\n ', max_size=6)


@given(labels=st.dictionaries(_TEXT, _TEXT, max_size=4), name=_TEXT, value=_TEXT)
def test_a_label_filter_is_exact(labels: dict[str, str], name: str, value: str) -> None:
    if name in labels and len(value) % 2:
        value = labels[name]
    kept = orjson.dumps(labels, option=orjson.OPT_SORT_KEYS).decode()
    asked = Conditions("sqlite")
    asked.member("labels", name, value)
    with sqlite3.connect(":memory:") as connection:
        found = connection.execute(
            f"SELECT {asked.sql} FROM (SELECT ? AS labels)",  # noqa: S608 - what is tested
            [*asked.values, kept],
        ).fetchone()
    connection.close()
    assert bool(found[0]) == (labels.get(name) == value)


def test_lists_are_found_in_the_index_alone(sqlite_url: str, tmp_path: Path) -> None:
    with running_api(settings_of(sqlite_url, tmp_path)) as api:
        api.deliver(alert())
        query = AlertQuery(statuses=("firing",), services=("web",), severities=("critical",), since="2026")
        assert plan(api, query) == "SCAN receiver_episode USING COVERING INDEX receiver_episode_list"


def plan(api: Api, query: AlertQuery) -> str:
    """How SQLite finds the ids of a list."""
    with api.service.database.read() as store:

        class Explaining:
            dialect = store.dialect
            steps: list[str] = []

            def query(self, sql: str, parameters: list[object]) -> list[tuple[object, ...]]:
                self.steps += [row[3] for row in store.query(f"EXPLAIN QUERY PLAN {sql}", parameters)]
                return []

        explaining = Explaining()
        find_alerts(explaining, "acme", query, limit=100)  # type: ignore[arg-type]
    return next(step for step in explaining.steps if step.startswith("SCAN"))
