"""What stands in an `extra:`, judged by us and by promtool and amtool of both generations."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from monitorgen.cli.pipeline import Compiled, compile_spec
from monitorgen.model.diagnostic import Severity
from monitorgen.outputs import alertmanager, prometheus
from monitorgen.source.tree import load_text
from tests.support.many_files import refusals
from tests.support.servers import Generation, generations

PLACES = ("scrape", "hook", "chat", "post", "pager", "team", "routing", "alertmanager", "prometheus", "write")
SPEC = """
organization: acme
teams: {payments: {notify: {default: [hook]}, extra: {TEAM}}}
channels:
  hook: {type: webhook, url: "http://127.0.0.1:9/hook", extra: {HOOK}}
  chat: {type: slack, webhook_url: {file: /u}, extra: {CHAT}}
  post: {type: email, smtp_server: m, from_email: a@b.example, recipients: [c@d.example], extra: {POST}}
  pager: {type: pagerduty, integration_key: {file: /k}, extra: {PAGER}}
services:
  checkout:
    team: payments
    scrape: {api: {static: ["127.0.0.1:9"], bearer_token: {file: /t}, extra: {SCRAPE}}}
    alerts:
      errors:
        condition: {type: threshold, metric: error_rate, operator: above, value: 0.05}
        severity: critical
        description: Too many errors
routing: {default: [chat, post, pager], extra: {ROUTING}, alertmanager_extra: {ALERTMANAGER}}
servers: {prometheus: {extra: {PROMETHEUS}, remote_write: [{url: "http://127.0.0.1:9/w", extra: {WRITE}}]}}
"""
MUTED = (
    'time_intervals: [{name: night, time_intervals: [{times: [{start_time: "20:00", end_time: "24:00"}]}]}]'
)

TAKEN = (
    *(("scrape", text) for text in ("honor_timestamps: false", "label_limit: 7", "body_size_limit: 1.5GB")),
    *(("scrape", text) for text in ("body_size_limit: 0", "params: {a: [1, b]}", "proxy_url: http://a")),
    ("scrape", "tls_config: {insecure_skip_verify: true, min_version: TLS12}"),
    ("scrape", "static_configs: [{targets: [a:1], labels: {rack: 7}}], docker_sd_configs: []"),
    ("scrape", "metric_relabel_configs: [{action: drop, source_labels: [a], regex: 5}]"),
    ("scrape", "honor_timestamps: null, label_limit: ~"),
    ("hook", "max_alerts: 5, http_config: {proxy_url: http://a}"),
    ("hook", "http_config: {tls_config: {insecure_skip_verify: true}, bearer_token_file: /t}"),
    ("chat", "short_fields: true, callback_id: 7, actions: [{type: button, text: a, url: http://a}]"),
    ("chat", "fields: [{title: a, value: b, short: false}], image_url: http://a"),
    ("post", "hello: me, tls_config: {ca_file: /c}, headers: {X-A: 5}"),
    ("pager", "url: http://a, client: me, details: {a: 1}, images: [{src: a, alt: b, href: c}]"),
    *(("team", text) for text in ("continue: true", "matchers: ['a=\"b\"', c=~d|e, '{f!=g,h!~i}']")),
    *(("team", text) for text in ("group_by: [a, service]", "group_by: ['...']", "match: {a: 1}")),
    ("team", "match_re: {a: b.*}, routes: [{receiver: hook, routes: [{match: {a: b}, group_wait: 0}]}]"),
    ("team", "routes: [{receiver: 'chat,pager,post', group_interval: 1h30m}]"),
    ("routing", "routes: [{matchers: [a=b]}], group_by: [team]"),
    ("alertmanager", f"{MUTED}, route: {{routes: [{{active_time_intervals: [night]}}]}}"),
    ("alertmanager", "receivers: [{name: mine, opsgenie_configs: [{api_key: a}]}]"),
    ("alertmanager", "receivers: [{name: mine}], route: {routes: [{receiver: mine}]}"),
    ("alertmanager", "inhibit_rules: [{source_matchers: [a=b], target_match: {a: c}, equal: [service]}]"),
    ("alertmanager", "global: {resolve_timeout: 10m, smtp_hello: me, smtp_require_tls: false}"),
    ("prometheus", "global: {query_log_file: q.log, external_labels: {replica: 1}}"),
    ("prometheus", "scrape_configs: [{job_name: mine, scrape_interval: 5s}], rule_files: [mine/*.yml]"),
    ("prometheus", "alerting: {alert_relabel_configs: [{action: labeldrop, regex: replica}]}"),
    ("prometheus", "storage: {tsdb: {out_of_order_time_window: 30m}, exemplars: {max_exemplars: 5}}"),
    ("prometheus", "remote_write: [{url: http://a, name: b}]"),
    ("write", "queue_config: {capacity: 5, max_backoff: 5s}, remote_timeout: 1m, send_exemplars: true"),
    (
        "write",
        "metadata_config: {send: false}, sigv4: {region: a}, write_relabel_configs: [{target_label: a}]",
    ),
)
"""What we and both generations take."""

REFUSED = (
    *(
        ("MG0510", "scrape", text)
        for text in ("honour_labels: true", "relabel: []", "alert_relabel_configs: []")
    ),
    ("MG0510", "scrape", "tls_config: {insecure: true}, authorization: {token: a}"),
    ("MG0510", "scrape", "metric_relabel_configs: [{actoin: drop, target_label: a}]"),
    ("MG0222", "scrape", "metric_relabel_configs: [{action: drp, source_labels: [a], regex: a}]"),
    ("MG0222", "scrape", "relabel_configs: [{source_labels: [a], regex: '('}]"),
    ("MG0510", "chat", "short_field: true, fields: [{tilte: a}]"),
    ("MG0510", "post", "http_config: {}"),
    ("MG0510", "pager", "link: []"),
    ("MG0510", "hook", "method: PUT"),
    ("MG0510", "team", "recevier: hook"),
    ("MG0510", "team", "routes: [{routes: [{recevier: hook}]}]"),
    ("MG0510", "alertmanager", "inhibit_rule: []"),
    ("MG0510", "alertmanager", "receivers: [{name: a, webhook_configs: [{url: http://a, urls: b}]}]"),
    ("MG0510", "alertmanager", "time_intervals: [{name: a, intervals: []}]"),
    ("MG0510", "prometheus", "scrape_config: []"),
    ("MG0510", "prometheus", "global: {scrape_intervall: 5s}"),
    ("MG0510", "write", "queue: {}"),
    ("MG0511", "scrape", "enable_compression: false"),
    ("MG0511", "scrape", "scrape_protocols: [OpenMetricsText1.0.0]"),
    ("MG0511", "scrape", "scrape_classic_histograms: true"),
    ("MG0511", "scrape", "http_sd_configs: [{url: http://a, http_headers: {A: {values: [b]}}}]"),
    ("MG0511", "prometheus", "otlp: {promote_resource_attributes: [a]}"),
    ("MG0511", "prometheus", "alerting: {alertmanagers: [{proxy_from_environment: true}]}"),
    ("MG0511", "write", "round_robin_dns: true"),
    ("MG0511", "hook", "timeout: 5s"),
    ("MG0511", "hook", "http_config: {http_headers: {A: {values: [b]}}}"),
    ("MG0511", "chat", "message_text: a"),
    ("MG0511", "post", "threading: {enabled: true}"),
    ("MG0511", "alertmanager", "receivers: [{name: a, discord_configs: [], msteamsv2_configs: [{}]}]"),
    *(
        ("MG0512", "scrape", text)
        for text in ("honor_labels: off", "honor_labels: 'true'", "honor_labels: 1")
    ),
    *(("MG0512", "scrape", text) for text in ("sample_limit: -1", "sample_limit: '5'", "sample_limit: true")),
    *(
        ("MG0512", "scrape", text)
        for text in ("body_size_limit: 10", "body_size_limit: 10mb", "params: {a: b}")
    ),
    *(("MG0512", "scrape", text) for text in ("scheme: [http]", "tls_config: true", "static_configs: [a:1]")),
    ("MG0512", "scrape", "file_sd_configs: [{files: [a.json], refresh_interval: 30}]"),
    *(("MG0512", "team", text) for text in ("group_wait: 30", "group_wait: 1.5h", "group_by: service")),
    *(
        ("MG0512", "team", text)
        for text in ("matchers: a=b", "continue: on", "match: {a: [b]}", "routes: {}")
    ),
    ("MG0512", "chat", "title: [a]"),
    ("MG0512", "hook", "max_alerts: '5'"),
    ("MG0512", "write", "remote_timeout: 30"),
    ("MG0512", "write", "queue_config: {capacity: many}"),
    ("MG0512", "prometheus", "rule_files: a.yml"),
    ("MG0512", "alertmanager", "global: {resolve_timeout: 5}"),
    ("MG0513", "team", "receiver: nowhere"),
    ("MG0513", "team", "mute_time_intervals: [night]"),
    ("MG0513", "routing", "routes: [{routes: [{receiver: nowhere}]}]"),
    ("MG0513", "alertmanager", "route: {routes: [{receiver: nowhere}]}"),
    ("MG0513", "alertmanager", f"{MUTED}, route: {{routes: [{{active_time_intervals: [day]}}]}}"),
    *(("MG0514", "team", text) for text in ("group_by: [a, a]", "group_by: ['...', a]", "group_by: [a-b]")),
    *(("MG0514", "team", text) for text in ("group_interval: 0s", "repeat_interval: 0", "matchers: [a]")),
    *(
        ("MG0514", "team", text)
        for text in ("matchers: ['a=~\"(\"']", "match: {a-b: c}", "match_re: {a: '('}")
    ),
    *(("MG0514", "routing", text) for text in ("matchers: [a=b]", "continue: true", "group_by: [service]")),
    ("MG0514", "routing", "group_by: ['...']"),
    ("MG0514", "alertmanager", "route: {match: {a: b}}"),
    ("MG0514", "alertmanager", f"{MUTED}, route: {{mute_time_intervals: [night]}}"),
    ("MG0514", "alertmanager", "receivers: [{webhook_configs: []}]"),
    ("MG0514", "alertmanager", "time_intervals: [{time_intervals: []}]"),
    ("MG0514", "alertmanager", "inhibit_rules: [{equal: [a-b]}]"),
    ("MG0514", "alertmanager", "inhibit_rules: [{source_matchers: [a=~(], target_match_re: {a: b}}]"),
    ("MG0514", "scrape", "basic_auth: {username: a}"),
    ("MG0514", "scrape", "authorization: {credentials: a}"),
    ("MG0514", "scrape", "bearer_token_file: /t"),
    ("MG0514", "chat", "api_url: http://a"),
    ("MG0514", "pager", "routing_key: a"),
    ("MG0514", "hook", "http_config: {basic_auth: {username: a, password: b, password_file: c}}"),
    ("MG0514", "hook", "http_config: {basic_auth: {username: a}, bearer_token: b}"),
    ("MG0514", "write", "basic_auth: {username: a}, sigv4: {region: a}"),
    ("MG0514", "prometheus", "scrape_configs: [{metrics_path: /m}]"),
    ("MG0514", "prometheus", "remote_write: [{name: a}]"),
    ("MG0318", "scrape", "scrape_timeout: 1h"),
    ("MG0318", "scrape", "scrape_interval: 5s"),
    ("MG0318", "prometheus", "global: {scrape_timeout: 1h}"),
    ("MG0318", "prometheus", "scrape_configs: [{job_name: a, scrape_timeout: 1h}]"),
    ("MG0319", "prometheus", "scrape_configs: [{job_name: checkout-api}]"),
    ("MG0319", "prometheus", "remote_write: [{url: http://a, name: b}, {url: http://c, name: b}]"),
    ("MG0319", "alertmanager", "receivers: [{name: hook}]"),
    ("MG0319", "alertmanager", "mute_time_intervals: [{name: a}], time_intervals: [{name: a}]"),
)
"""What we refuse with this code, and one of the generations at least."""

SILENT = (
    ("MG0512", "scrape", "sample_limit: 1.5"),
    ("MG0319", "prometheus", 'remote_write: [{url: "http://127.0.0.1:9/w"}]'),
)
"""What the programs that check take, and a server does not do as it is written, or refuses when it runs."""


UNTOLD = ("MG0501", "MG0502")
"""Of alerts that matchers keep from people: not what is tried here."""


def with_extra(place: str, text: str) -> str:
    """The spec with this in the `extra` of one place, and nothing in the others."""
    whole = SPEC
    for name in PLACES:
        whole = whole.replace(f"{{{name.upper()}}}", f"{{{text if name == place else ''}}}")
    return whole


@cache
def compiled(place: str, text: str) -> Compiled:
    return compile_spec(load_text(with_extra(place, text)))


def errors(found: Compiled) -> list[str]:
    return [d.code for d in found.diagnostics if d.severity is Severity.ERROR and d.code not in UNTOLD]


def loads(cases: Sequence[tuple[str, str]], generation: Generation, folder: Path) -> list[bool]:
    """Whether the generation's own programs take the configuration that each extra went into."""
    promtool, amtool = {}, {}
    for number, (place, text) in enumerate(cases):
        found = compiled(place, text)
        assert found.stack is not None
        ours = place in ("scrape", "prometheus", "write")
        for name, content in (prometheus if ours else alertmanager).OUTPUT.render(found.stack):
            file = folder / str(number) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        if ours:
            promtool[number] = folder / str(number) / "prometheus/prometheus.yml"
        else:
            amtool[number] = folder / str(number) / "alertmanager/alertmanager.yml"
    said = (
        refusals(generation, "promtool", "check", "config", "--syntax-only", files=[*promtool.values()]),
        refusals(generation, "amtool", "check-config", files=[*amtool.values()]),
    )
    answers = {**dict(zip(promtool, said[0], strict=True)), **dict(zip(amtool, said[1], strict=True))}
    return [answers[number] == "" for number in range(len(cases))]


@pytest.mark.parametrize(("place", "text"), TAKEN)
def test_what_is_taken(place: str, text: str) -> None:
    assert errors(compiled(place, text)) == []


def test_what_a_server_takes(generation: Generation, tmp_path: Path) -> None:
    taken = loads(TAKEN, generation, tmp_path)
    assert [case for case, loaded in zip(TAKEN, taken, strict=True) if not loaded] == []


@pytest.mark.parametrize(("code", "place", "text"), [*REFUSED, *SILENT])
def test_what_is_refused(code: str, place: str, text: str) -> None:
    assert set(errors(compiled(place, text))) == {code}


def test_what_a_server_refuses(tmp_path: Path) -> None:
    cases = [(place, text) for _, place, text in REFUSED]
    taken = [loads(cases, generation, tmp_path / generation.name) for generation in generations()]
    by_all = [case for case, *loaded in zip(REFUSED, *taken, strict=True) if loaded and all(loaded)]
    assert by_all == []


def test_what_the_programs_pass_over(generation: Generation, tmp_path: Path) -> None:
    cases = [(place, text) for _, place, text in SILENT]
    assert loads(cases, generation, tmp_path) == [True] * len(SILENT)
