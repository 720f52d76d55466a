"""The keys of `alertmanager.yml`."""

from typing import Final

from monitorgen.model.keys.clients import CLIENT_PATHS, client, tls
from monitorgen.model.keys.shapes import ANY_LIST, TEXT_MAP, TEXTS, Kind, ListOf, MapOf, Shape, Table, each

__all__ = ["ALERTMANAGER", "RECEIVERS", "ROUTE"]

_ROUTE_KEYS: Final[dict[str, Shape]] = {
    "receiver": Kind.TEXT,
    "continue": Kind.BOOLEAN,
    **each(TEXTS, "group_by matchers mute_time_intervals active_time_intervals"),
    **each(TEXT_MAP, "match match_re"),
    **each(Kind.DURATION, "group_wait group_interval repeat_interval"),
}
ROUTE: Final = Table("route", _ROUTE_KEYS)
_ROUTE_KEYS["routes"] = ListOf(ROUTE)
"""One route of Alertmanager; those below it, in `routes`, have the same keys."""

_HTTP: Final[dict[str, Shape]] = {
    "http_config": Table(CLIENT_PATHS["alertmanager"], client(CLIENT_PATHS["alertmanager"]))
}
_RESOLVED: Final[dict[str, Shape]] = {"send_resolved": Kind.BOOLEAN}

RECEIVERS: Final[dict[str, Table]] = {
    "email_configs": Table(
        "receivers.email_configs",
        {
            **_RESOLVED,
            **each(
                Kind.TEXT,
                "to from hello smarthost auth_username auth_password auth_password_file auth_secret "
                "auth_secret_file auth_identity html text",
            ),
            **each(Kind.BOOLEAN, "require_tls force_implicit_tls"),
            "headers": TEXT_MAP,
            "tls_config": tls(f"{CLIENT_PATHS['alertmanager']}.tls_config"),
            "threading": Table(
                "receivers.email_configs.threading",
                {"enabled": Kind.BOOLEAN, "thread_by_date": Kind.TEXT},
            ),
        },
    ),
    "slack_configs": Table(
        "receivers.slack_configs",
        {
            **_RESOLVED,
            **_HTTP,
            **each(
                Kind.TEXT,
                "api_url api_url_file app_token app_token_file app_url channel username color title "
                "title_link pretext text message_text footer fallback callback_id icon_emoji icon_url "
                "image_url thumb_url",
            ),
            **each(Kind.BOOLEAN, "short_fields link_names update_message"),
            "mrkdwn_in": TEXTS,
            "fields": ListOf(Table("", {"title": Kind.TEXT, "value": Kind.TEXT, "short": Kind.BOOLEAN})),
            "actions": ListOf(
                Table("", {**each(Kind.TEXT, "type text url style name value"), "confirm": Kind.ANYTHING})
            ),
            "timeout": Kind.GO_DURATION,
        },
    ),
    "pagerduty_configs": Table(
        "receivers.pagerduty_configs",
        {
            **_RESOLVED,
            **_HTTP,
            **each(
                Kind.TEXT,
                "service_key service_key_file routing_key routing_key_file url client client_url "
                "description source severity class component group",
            ),
            "details": MapOf(Kind.ANYTHING),
            "images": ListOf(Table("", each(Kind.TEXT, "src alt href"))),
            "links": ListOf(Table("", each(Kind.TEXT, "href text"))),
            "timeout": Kind.GO_DURATION,
        },
    ),
    "webhook_configs": Table(
        "receivers.webhook_configs",
        {
            **_RESOLVED,
            **_HTTP,
            **each(Kind.TEXT, "url url_file"),
            "max_alerts": Kind.COUNT,
            "timeout": Kind.GO_DURATION,
            "payload": Kind.ANYTHING,
        },
    ),
}
"""One entry of a receiver, by Alertmanager's name for the list it stands in."""

_OTHER_RECEIVERS: Final = (
    "discord incidentio jira mattermost msteams msteamsv2 opsgenie pushover rocketchat sns telegram "
    "victorops webex wechat"
)
_INTERVALS: Final = ListOf(
    Table(
        "time_intervals",
        {
            "name": Kind.TEXT,
            "time_intervals": ListOf(
                Table(
                    "time_intervals.time_intervals",
                    {
                        "times": ListOf(Table("", each(Kind.TEXT, "start_time end_time"))),
                        **each(TEXTS, "weekdays days_of_month months years"),
                        "location": Kind.TEXT,
                    },
                )
            ),
        },
    )
)

ALERTMANAGER: Final = Table(
    "",
    {
        "global": Table(
            "global",
            {
                **_HTTP,
                **each(Kind.BOOLEAN, "smtp_require_tls smtp_force_implicit_tls"),
                **each(
                    Kind.TEXT,
                    "smtp_from smtp_hello smtp_smarthost smtp_auth_username smtp_auth_password "
                    "smtp_auth_password_file smtp_auth_secret smtp_auth_secret_file smtp_auth_identity "
                    "slack_api_url slack_api_url_file slack_app_token slack_app_token_file slack_app_url "
                    "pagerduty_url opsgenie_api_url opsgenie_api_key opsgenie_api_key_file wechat_api_url "
                    "wechat_api_secret wechat_api_secret_file wechat_api_corp_id victorops_api_url "
                    "victorops_api_key victorops_api_key_file telegram_api_url telegram_bot_token "
                    "telegram_bot_token_file webex_api_url rocketchat_api_url rocketchat_token "
                    "rocketchat_token_file rocketchat_token_id rocketchat_token_id_file "
                    "mattermost_webhook_url mattermost_webhook_url_file jira_api_url",
                ),
                "resolve_timeout": Kind.DURATION,
                "smtp_tls_config": tls(f"{CLIENT_PATHS['alertmanager']}.tls_config"),
            },
        ),
        "templates": TEXTS,
        "route": ROUTE,
        "receivers": ListOf(
            Table(
                "receivers",
                {
                    "name": Kind.TEXT,
                    **{kind: ListOf(table) for kind, table in RECEIVERS.items()},
                    **{f"{name}_configs": ANY_LIST for name in _OTHER_RECEIVERS.split()},
                },
            )
        ),
        "inhibit_rules": ListOf(
            Table(
                "inhibit_rules",
                {
                    "name": Kind.TEXT,
                    **each(TEXTS, "source_matchers target_matchers equal"),
                    **each(TEXT_MAP, "source_match source_match_re target_match target_match_re"),
                },
            )
        ),
        "time_intervals": _INTERVALS,
        "mute_time_intervals": _INTERVALS,
        **each(Kind.ANYTHING, "tracing event_recorder"),
    },
)
"""`alertmanager.yml`."""
