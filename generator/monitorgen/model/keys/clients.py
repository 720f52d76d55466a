"""The keys of an HTTP client, which are the same wherever a server is one, and since when they are known."""

from typing import Final

from monitorgen.model.keys.shapes import TEXTS, Kind, MapOf, Shape, Table, each
from monitorgen.model.versions import FIELDS, Since, Version

__all__ = ["CLIENT_PATHS", "DESCRIBED", "client", "since", "tls"]

DESCRIBED: Final = {"prometheus": Version(3, 5), "alertmanager": Version(0, 33)}
"""The newest version whose keys stand here."""

CLIENT_PATHS: Final = {
    "prometheus": "scrape_configs",
    "alertmanager": "receivers.webhook_configs.http_config",
}
"""Where `model.versions` has the keys of an HTTP client."""


def client(path: str) -> dict[str, Shape]:
    """The keys of an HTTP client (prometheus/common, config/http_config.go)."""
    return {
        "authorization": Table(f"{path}.authorization", each(Kind.TEXT, "type credentials credentials_file")),
        "basic_auth": Table(
            f"{path}.basic_auth", each(Kind.TEXT, "username username_file password password_file")
        ),
        "oauth2": Kind.ANYTHING,
        "tls_config": tls(f"{path}.tls_config"),
        "proxy_connect_header": MapOf(TEXTS),
        "http_headers": MapOf(Table("", each(TEXTS, "values secrets files"))),
        **each(Kind.TEXT, "bearer_token bearer_token_file proxy_url no_proxy"),
        **each(Kind.BOOLEAN, "follow_redirects enable_http2 proxy_from_environment"),
    }


def tls(path: str) -> Table:
    texts = "ca ca_file cert cert_file key key_file server_name min_version max_version"
    return Table(path, {"insecure_skip_verify": Kind.BOOLEAN, **each(Kind.TEXT, texts)})


def since(server: str, table: Table, key: str) -> Since:
    """Which versions of the server know a key of the table."""
    fields = FIELDS.get(server, {})
    found = fields.get(f"{table.path}.{key}".removeprefix("."))
    if found is None and key in _KEYS and server in CLIENT_PATHS:
        found = fields.get(f"{CLIENT_PATHS[server]}.{key}")
    return found or Since()


_KEYS: Final = frozenset(client(""))
