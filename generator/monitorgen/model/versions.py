"""Server versions, and which of them know which PromQL function, syntax and configuration field.

The facts come from the servers' changelogs. What lies between the two generations of servers the tests run
against is also asked of their own promtool, amtool and blackbox_exporter there. Of fields only those stand
here that are not the same in every supported server (Prometheus from 2.42, Alertmanager from 0.25,
blackbox_exporter from 0.23): what is absent from FIELDS is known to all of them.
"""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["FIELDS", "FUNCTIONS", "SYNTAX", "Since", "Version", "VersionRange", "field_since"]

_VERSION = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A server's version. `2.42` and `2.42.0` are the same version."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """The version written as `2.42`, `3.5.3` or `v3.5.3`; None for any other text."""
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            return None
        return cls(int(found[1]), int(found[2]), int(found[3] or 0))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}" + (f".{self.patch}" if self.patch else "")


@dataclass(frozen=True, slots=True)
class VersionRange:
    """The oldest and the newest version of one server that the output has to work on, both inclusive."""

    oldest: Version
    newest: Version

    def __str__(self) -> str:
        return str(self.oldest) if self.oldest == self.newest else f"{self.oldest} to {self.newest}"


@dataclass(frozen=True, slots=True)
class Since:
    """When a server learned something, and when it forgot it again.

    `since` is the first version that knows it (None: every supported one) and `until` the first that no
    longer does. From `since` up to `stable` the server refuses it unless started with
    `--enable-feature=FLAG`; without `stable` the flag is needed to this day. `instead` names what to
    write in place of it.
    """

    since: Version | None = None
    until: Version | None = None
    flag: str = ""
    stable: Version | None = None
    instead: str = ""

    def known_to(self, version: Version) -> bool:
        """True when this version knows it, if need be behind its flag."""
        return (self.since is None or version >= self.since) and (self.until is None or version < self.until)

    def flagged_in(self, version: Version) -> bool:
        """True when this version knows it but wants the flag."""
        return bool(self.flag) and self.known_to(version) and (self.stable is None or version < self.stable)

    def lacking(self, versions: VersionRange) -> tuple[Version, ...]:
        """The ends of the range that do not know it; empty when the whole range does."""
        ends = dict.fromkeys((versions.oldest, versions.newest))
        return tuple(v for v in ends if not self.known_to(v))

    def flagged(self, versions: VersionRange) -> tuple[Version, ...]:
        """The ends of the range that want the flag."""
        ends = dict.fromkeys((versions.oldest, versions.newest))
        return tuple(v for v in ends if self.flagged_in(v))


def field_since(server: str, field: str) -> Since:
    """When `server` knows `field` (as it is written in FIELDS); an empty `Since` for what all know."""
    return FIELDS[server].get(field, _ALWAYS)


_ALWAYS: Final = Since()
_EXPERIMENTAL: Final = "promql-experimental-functions"


def _since(version: str, *, flag: str = "", stable: str = "", instead: str = "") -> Since:
    return Since(Version.parse(version), None, flag, Version.parse(stable), instead)


def _experimental(version: str, *, stable: str = "") -> Since:
    return _since(version, flag=_EXPERIMENTAL, stable=stable)


# fmt: off
_LASTING_FUNCTIONS: Final = (
    "abs", "absent", "absent_over_time", "acos", "acosh", "asin", "asinh", "atan", "atanh", "avg_over_time",
    "ceil", "changes", "clamp", "clamp_max", "clamp_min", "cos", "cosh", "count_over_time", "day_of_month",
    "day_of_week", "day_of_year", "days_in_month", "deg", "delta", "deriv", "exp", "floor", "histogram_count",
    "histogram_fraction", "histogram_quantile", "histogram_sum", "hour", "idelta", "increase", "irate",
    "label_join", "label_replace", "last_over_time", "ln", "log10", "log2", "max_over_time", "min_over_time",
    "minute", "month", "pi", "predict_linear", "present_over_time", "quantile_over_time", "rad", "rate",
    "resets", "round", "scalar", "sgn", "sin", "sinh", "sort", "sort_desc", "sqrt", "stddev_over_time",
    "stdvar_over_time", "sum_over_time", "tan", "tanh", "time", "timestamp", "vector", "year",
)
# fmt: on

FUNCTIONS: Final[dict[str, Since]] = dict.fromkeys(_LASTING_FUNCTIONS, _ALWAYS) | {
    "double_exponential_smoothing": _experimental("3.0"),
    "end": _experimental("3.12"),
    "first_over_time": _experimental("3.7", stable="3.14"),
    "histogram_avg": _since("2.51"),
    "histogram_quantiles": _experimental("3.11"),
    "histogram_stddev": _since("2.47"),
    "histogram_stdvar": _since("2.47"),
    "holt_winters": Since(until=Version(3, 0), instead="double_exponential_smoothing, its name since then"),
    "info": _experimental("2.55"),
    "limit_ratio": _experimental("2.54"),
    "limitk": _experimental("2.54"),
    "mad_over_time": _experimental("2.49"),
    "max_of": _experimental("3.13"),
    "min_of": _experimental("3.13"),
    "range": _experimental("3.12"),
    "sort_by_label": _experimental("2.49"),
    "sort_by_label_desc": _experimental("2.49"),
    "start": _experimental("3.12"),
    "start_timestamp": _experimental("3.14"),
    "step": _experimental("3.12"),
    "ts_of_first_over_time": _experimental("3.7"),
    "ts_of_last_over_time": _experimental("3.5"),
    "ts_of_max_over_time": _experimental("3.5"),
    "ts_of_min_over_time": _experimental("3.5"),
}
"""Every function of PromQL, and the two aggregations that are younger than 2.42, by name."""

SYNTAX: Final[dict[str, Since]] = {
    "a digit separator": _since("2.54", instead="the number without underscores"),
    "a number as a duration": _since("2.54", instead="it with a unit, as in `5m`"),
    "a duration as a number": _since("2.54", instead="the number of seconds"),
    "a quoted name": _since("3.0"),
    "a fill modifier": _since("3.10", flag="promql-binop-fill-modifiers"),
}
"""Ways of writing PromQL that not every supported Prometheus reads."""

FIELDS: Final[dict[str, dict[str, Since]]] = {
    "prometheus": {
        "alerting.alertmanagers.alert_relabel_configs": _since("2.51"),
        "alerting.alertmanagers.sigv4": _since("2.48"),
        "global.always_scrape_classic_histograms": _since("3.5"),
        "global.body_size_limit": _since("2.45"),
        "global.convert_classic_histograms_to_nhcb": _since("3.4"),
        "global.keep_dropped_targets": _since("2.47"),
        "global.label_limit": _since("2.45"),
        "global.label_name_length_limit": _since("2.45"),
        "global.label_value_length_limit": _since("2.45"),
        "global.metric_name_escaping_scheme": _since("3.4"),
        "global.metric_name_validation_scheme": _since("3.0"),
        "global.rule_query_offset": _since("2.53"),
        "global.sample_limit": _since("2.45"),
        "global.scrape_failure_log_file": _since("2.55"),
        "global.scrape_protocols": _since("2.49"),
        "global.target_limit": _since("2.45"),
        "groups.labels": _since("3.0", instead="the label on each rule"),
        "groups.query_offset": _since("2.53"),
        "otlp": _since("2.55"),
        "remote_write.http_headers": _since("2.55", instead="headers"),
        "remote_write.protobuf_message": _since("2.54"),
        "remote_write.queue_config.sample_age_limit": _since("2.50"),
        "remote_write.round_robin_dns": _since("3.1"),
        "remote_write.sigv4.external_id": _since("3.5"),
        "remote_write.sigv4.use_fips_sts_endpoint": _since("3.5"),
        "runtime": _since("2.53"),
        "scrape_config_files": _since("2.43"),
        "scrape_configs.always_scrape_classic_histograms": _since("3.0"),
        "scrape_configs.basic_auth.username_file": _since("2.51"),
        "scrape_configs.convert_classic_histograms_to_nhcb": _since("3.0"),
        "scrape_configs.enable_compression": _since("2.49"),
        "scrape_configs.fallback_scrape_protocol": _since("3.0"),
        "scrape_configs.http_headers": _since("2.55"),
        "scrape_configs.http_sd_configs.http_headers": _since("2.55"),
        "scrape_configs.keep_dropped_targets": _since("2.47"),
        "scrape_configs.metric_name_escaping_scheme": _since("3.4"),
        "scrape_configs.metric_name_validation_scheme": _since("3.0"),
        "scrape_configs.native_histogram_bucket_limit": _since("2.45"),
        "scrape_configs.native_histogram_min_bucket_factor": _since("2.50"),
        "scrape_configs.no_proxy": _since("2.43"),
        "scrape_configs.proxy_from_environment": _since("2.43"),
        "scrape_configs.scrape_classic_histograms": Since(
            Version(2, 45), Version(3, 0), instead="always_scrape_classic_histograms, its name since then"
        ),
        "scrape_configs.scrape_failure_log_file": _since("2.55"),
        "scrape_configs.scrape_protocols": _since("2.49"),
        "scrape_configs.tls_config.ca": _since("2.48", instead="ca_file"),
        "scrape_configs.tls_config.cert": _since("2.48", instead="cert_file"),
        "scrape_configs.tls_config.key": _since("2.48", instead="key_file"),
        "scrape_configs.track_timestamps_staleness": _since("2.48"),
    },
    "alertmanager": {
        "event_recorder": _since("0.33"),
        "global.jira_api_url": _since("0.28"),
        "global.mattermost_webhook_url": _since("0.30"),
        "global.mattermost_webhook_url_file": _since("0.30"),
        "global.rocketchat_api_url": _since("0.28"),
        "global.rocketchat_token": _since("0.28"),
        "global.rocketchat_token_file": _since("0.28"),
        "global.rocketchat_token_id": _since("0.28"),
        "global.rocketchat_token_id_file": _since("0.28"),
        "global.slack_app_token": _since("0.30"),
        "global.slack_app_token_file": _since("0.30"),
        "global.slack_app_url": _since("0.30"),
        "global.smtp_auth_secret_file": _since("0.31"),
        "global.smtp_force_implicit_tls": _since("0.31"),
        "global.smtp_tls_config": _since("0.28", instead="tls_config in each email receiver"),
        "global.telegram_bot_token": _since("0.31"),
        "global.telegram_bot_token_file": _since("0.31"),
        "global.wechat_api_secret_file": _since("0.31"),
        "inhibit_rules.name": _since("0.30"),
        "receivers.discord_configs.webhook_url_file": _since("0.27"),
        "receivers.email_configs.auth_secret_file": _since("0.31"),
        "receivers.email_configs.force_implicit_tls": _since("0.31"),
        "receivers.email_configs.threading": _since("0.30"),
        "receivers.incidentio_configs": _since("0.29"),
        "receivers.jira_configs": _since("0.28"),
        "receivers.mattermost_configs": _since("0.30"),
        "receivers.msteams_configs": _since("0.26"),
        "receivers.msteams_configs.webhook_url_file": _since("0.27"),
        "receivers.msteamsv2_configs": _since("0.28"),
        "receivers.pagerduty_configs.timeout": _since("0.30"),
        "receivers.pushover_configs.token_file": _since("0.26"),
        "receivers.pushover_configs.user_key_file": _since("0.26"),
        "receivers.rocketchat_configs": _since("0.28"),
        "receivers.slack_configs.app_token": _since("0.30"),
        "receivers.slack_configs.app_token_file": _since("0.30"),
        "receivers.slack_configs.app_url": _since("0.30"),
        "receivers.slack_configs.message_text": _since("0.31"),
        "receivers.slack_configs.timeout": _since("0.30"),
        "receivers.slack_configs.update_message": _since("0.32"),
        "receivers.telegram_configs.bot_token_file": _since("0.26"),
        "receivers.telegram_configs.message_thread_id": _since("0.28"),
        "receivers.webhook_configs.http_config.basic_auth.username_file": _since("0.28"),
        "receivers.webhook_configs.http_config.http_headers": _since("0.28"),
        "receivers.webhook_configs.http_config.no_proxy": _since("0.26"),
        "receivers.webhook_configs.http_config.proxy_from_environment": _since("0.26"),
        "receivers.webhook_configs.http_config.tls_config.ca": _since("0.27", instead="ca_file"),
        "receivers.webhook_configs.http_config.tls_config.cert": _since("0.27", instead="cert_file"),
        "receivers.webhook_configs.http_config.tls_config.key": _since("0.27", instead="key_file"),
        "receivers.webhook_configs.payload": _since("0.31"),
        "receivers.webhook_configs.timeout": _since("0.28"),
        "receivers.webhook_configs.url_file": _since("0.28"),  # loaded from 0.26 on, but notifying crashed
        "receivers.wechat_configs.api_secret_file": _since("0.31"),
        "tracing": _since("0.30"),
    },
    "blackbox_exporter": {
        "modules.http.body_file": _since("0.24"),
        "modules.http.enable_http3": _since("0.28"),
        "modules.http.fail_if_body_json_matches_cel": _since("0.27"),
        "modules.http.fail_if_body_json_not_matches_cel": _since("0.27"),
        "modules.http.http_headers": _since("0.26", instead="headers"),
        "modules.http.no_proxy": _since("0.24"),
        "modules.http.proxy_from_environment": _since("0.24"),
        "modules.tcp.query_response.labels": _since("0.26"),
    },
}
"""By server and by the field's path in its configuration: the fields not all supported versions know.

The fields of a rule group are Prometheus's, as `groups.FIELD`. The fields of an HTTP client stand here for
the one place of each server where they are asked for; its other clients learned them at the same time.
"""
