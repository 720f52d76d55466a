"""The keys of `prometheus.yml`."""

from typing import Final

from monitorgen.model.keys.clients import CLIENT_PATHS, client
from monitorgen.model.keys.shapes import (
    ANY_LIST,
    STEPS,
    TEXT_MAP,
    TEXTS,
    Kind,
    ListOf,
    MapOf,
    Shape,
    Table,
    each,
)

__all__ = ["PROMETHEUS", "REMOTE_WRITE", "SCRAPE"]

_CLIENT: Final = client(CLIENT_PATHS["prometheus"])
_STATIC: Final = ListOf(Table("", {"targets": TEXTS, "labels": TEXT_MAP}))
_INVENTORIES: Final = (
    "aws azure consul digitalocean dns docker dockerswarm ec2 eureka gce hetzner ionos kubernetes kuma "
    "lightsail linode marathon nerve nomad openstack ovhcloud puppetdb scaleway serverset stackit triton "
    "uyuni vultr"
)
_DISCOVERIES: Final[dict[str, Shape]] = {
    "static_configs": _STATIC,
    "file_sd_configs": ListOf(Table("", {"files": TEXTS, "refresh_interval": Kind.DURATION})),
    "http_sd_configs": ListOf(
        Table(
            "scrape_configs.http_sd_configs",
            {"url": Kind.TEXT, "refresh_interval": Kind.DURATION, **_CLIENT},
        )
    ),
    **{f"{name}_sd_configs": ANY_LIST for name in _INVENTORIES.split()},
}
_LIMITS: Final = each(
    Kind.COUNT,
    "sample_limit target_limit label_limit label_name_length_limit label_value_length_limit "
    "keep_dropped_targets",
)
_SCRAPING: Final[dict[str, Shape]] = {
    **_LIMITS,
    **each(Kind.DURATION, "scrape_interval scrape_timeout"),
    **each(Kind.TEXT, "metric_name_validation_scheme metric_name_escaping_scheme scrape_failure_log_file"),
    **each(Kind.BOOLEAN, "always_scrape_classic_histograms convert_classic_histograms_to_nhcb"),
    "body_size_limit": Kind.SIZE,
    "scrape_protocols": TEXTS,
}

SCRAPE: Final = Table(
    "scrape_configs",
    {
        **_CLIENT,
        **_DISCOVERIES,
        **_SCRAPING,
        **each(Kind.TEXT, "job_name metrics_path scheme fallback_scrape_protocol"),
        **each(
            Kind.BOOLEAN,
            "honor_labels honor_timestamps track_timestamps_staleness enable_compression "
            "scrape_classic_histograms",
        ),
        "params": MapOf(TEXTS),
        "native_histogram_bucket_limit": Kind.COUNT,
        "native_histogram_min_bucket_factor": Kind.NUMBER,
        "relabel_configs": STEPS,
        "metric_relabel_configs": STEPS,
    },
)
"""One scrape job."""

_SIGV4: Final = Table(
    "remote_write.sigv4",
    {
        **each(Kind.TEXT, "region access_key secret_key profile role_arn external_id"),
        "use_fips_sts_endpoint": Kind.BOOLEAN,
    },
)

REMOTE_WRITE: Final = Table(
    "remote_write",
    {
        **_CLIENT,
        **each(Kind.TEXT, "url name protobuf_message"),
        **each(Kind.BOOLEAN, "send_exemplars send_native_histograms round_robin_dns"),
        **each(Kind.ANYTHING, "azuread google_iam"),
        "remote_timeout": Kind.DURATION,
        "headers": TEXT_MAP,
        "write_relabel_configs": STEPS,
        "queue_config": Table(
            "remote_write.queue_config",
            {
                **each(Kind.COUNT, "capacity max_shards min_shards max_samples_per_send"),
                **each(Kind.DURATION, "batch_send_deadline min_backoff max_backoff sample_age_limit"),
                "retry_on_http_429": Kind.BOOLEAN,
            },
        ),
        "metadata_config": Table(
            "remote_write.metadata_config",
            {
                "send": Kind.BOOLEAN,
                "send_interval": Kind.DURATION,
                "max_samples_per_send": Kind.COUNT,
            },
        ),
        "sigv4": _SIGV4,
    },
)
"""One entry of `remote_write`."""

PROMETHEUS: Final = Table(
    "",
    {
        "global": Table(
            "global",
            {
                **_SCRAPING,
                **each(Kind.DURATION, "evaluation_interval rule_query_offset"),
                "query_log_file": Kind.TEXT,
                "external_labels": TEXT_MAP,
            },
        ),
        "alerting": Table(
            "alerting",
            {
                "alert_relabel_configs": STEPS,
                "alertmanagers": ListOf(
                    Table(
                        "alerting.alertmanagers",
                        {
                            **_CLIENT,
                            **_DISCOVERIES,
                            **each(Kind.TEXT, "api_version scheme path_prefix"),
                            **each(STEPS, "relabel_configs alert_relabel_configs"),
                            "timeout": Kind.DURATION,
                            "sigv4": _SIGV4,
                        },
                    )
                ),
            },
        ),
        "storage": Table(
            "storage",
            {
                "tsdb": Table("storage.tsdb", {"out_of_order_time_window": Kind.DURATION}),
                "exemplars": Table("storage.exemplars", {"max_exemplars": Kind.COUNT}),
            },
        ),
        "runtime": Table("runtime", {"gogc": Kind.COUNT}),
        "otlp": Table(
            "otlp",
            {
                **each(TEXTS, "promote_resource_attributes ignore_resource_attributes"),
                **each(
                    Kind.BOOLEAN,
                    "promote_all_resource_attributes keep_identifying_resource_attributes "
                    "convert_histograms_to_nhcb",
                ),
                "translation_strategy": Kind.TEXT,
            },
        ),
        "tracing": Kind.ANYTHING,
        "remote_read": ANY_LIST,
        "remote_write": ListOf(REMOTE_WRITE),
        "scrape_configs": ListOf(SCRAPE),
        **each(TEXTS, "rule_files scrape_config_files"),
    },
)
"""`prometheus.yml`."""
