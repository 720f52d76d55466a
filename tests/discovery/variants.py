"""Every discovery with every one of its fields: a usual one, and what each field changes about it."""

from collections.abc import Mapping
from typing import Any

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.spec.service import Scrape
from monitorgen.vocabulary.discovery import DiscoveryContext

__all__ = ["BASES", "CONTEXT", "VARIANTS", "blocks"]

CONTEXT = DiscoveryContext("checkout", "api", "")

BASES: dict[str, Any] = {
    "static": ["checkout-1:9102"],
    "file": {"files": ["targets/checkout.json"]},
    "http": {"url": "http://inventory.acme.example/checkout"},
    "dns": {"names": ["_metrics._tcp.checkout.acme.example"]},
    "ec2": {"region": "eu-west-1"},
    "azure": {"subscription_id": "00000000-0000-0000-0000-000000000000"},
    "gce": {"project": "acme", "zone": "europe-west1-b"},
    "kubernetes": {},
    "consul": {"server": "consul.acme.example:8500"},
}

_USER = {"username": "prometheus", "password": {"file": "/run/secrets/password"}}
_TOKEN = {"file": "/run/secrets/token"}
_ACCESS = {"basic_auth": _USER, "bearer_token": _TOKEN, "tls": {"server_name": "acme.example"}}
_CLUSTER = {"api_server": "https://cluster.acme.example"}

VARIANTS: dict[str, dict[str, Mapping[str, Any]]] = {
    "file": {"files": {"files": ["targets/*.yml"]}, "refresh_interval": {"refresh_interval": "10s"}},
    "http": {
        "url": {"url": "https://inventory.acme.example/checkout"},
        "refresh_interval": {"refresh_interval": "10s"},
        **{name: {name: value} for name, value in _ACCESS.items()},
    },
    "dns": {
        "names": {"names": ["a.acme.example", "b.acme.example"]},
        "type": {"type": "A", "port": "9102"},
        "port": {"type": "AAAA", "port": "9103"},
        "refresh_interval": {"refresh_interval": "10s"},
    },
    "ec2": {
        "region": {"region": ["eu-west-1", "eu-central-1"]},
        "port": {"port": "9100"},
        "tags": {"tags": {"service": "checkout", "tier": ["web", "api"]}},
        "filters": {"filters": {"vpc-id": "vpc-1", "instance-state-name": ["running", "stopped"]}},
        "role_arn": {"role_arn": "arn:aws:iam::123456789012:role/discovery"},
        "endpoint": {"endpoint": "http://127.0.0.1:4566"},
        "refresh_interval": {"refresh_interval": "5m"},
    },
    "azure": {
        "subscription_id": {"subscription_id": "11111111-1111-1111-1111-111111111111"},
        "resource_group": {"resource_group": "shop"},
        "tags": {"tags": {"service": "checkout"}},
        "port": {"port": "9100"},
        "client_id": {"client_id": "22222222-2222-2222-2222-222222222222"},
        "refresh_interval": {"refresh_interval": "5m"},
    },
    "gce": {
        "project": {"project": "other"},
        "zone": {"zone": ["europe-west1-b", "europe-west1-c"]},
        "labels": {"labels": {"service": "checkout"}},
        "filter": {"filter": 'cpuPlatform = "Intel Skylake"'},
        "port": {"port": "9100"},
        "refresh_interval": {"refresh_interval": "5m"},
    },
    "kubernetes": {
        **{f"role, {role}": {"role": role} for role in ("endpointslice", "endpoints", "service", "node")},
        "namespaces": {"namespaces": ["shop", "payments"]},
        "selector": {"selector": "app=checkout,tier!=test"},
        "port": {"port": "metrics"},
        "port, by number": {"port": "9102"},
        "port, of a node": {"role": "node", "port": "9100"},
        "api_server": _CLUSTER,
        **{name: {name: value, **_CLUSTER} for name, value in _ACCESS.items()},
        "kubeconfig_file": {"kubeconfig_file": "/etc/prometheus/kubeconfig"},
    },
    "consul": {
        "server": {"server": "127.0.0.1:8500"},
        "scheme": {"scheme": "https"},
        "services": {"services": ["checkout", "ledger"]},
        "tags": {"tags": ["metrics"]},
        "datacenter": {"datacenter": "dc2"},
        "refresh_interval": {"refresh_interval": "10s"},
        **{name: {name: value} for name, value in _ACCESS.items()},
    },
}
"""By discovery, the name of a field (and after a comma of a case of it), and what it adds to the base."""


def blocks(key: str, fields: Any, context: DiscoveryContext = CONTEXT) -> tuple[ServiceDiscovery, ...]:
    """What a scrape job with this one discovery compiles to."""
    return Scrape.model_validate({key: fields}).targets(context)
