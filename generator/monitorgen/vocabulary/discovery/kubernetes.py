"""`kubernetes:`: pods, nodes and what stands behind services."""

import re
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.access import Access
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext, keep, label, settings
from monitorgen.vocabulary.fields import BAD_SCALAR, AbsoluteUrl, Text, Texts, invalid

__all__ = ["Kubernetes"]

_POD = "__meta_kubernetes_pod_name"
_NODE = "__meta_kubernetes_node_name"
_POD_LABELS = (
    label("namespace", "__meta_kubernetes_namespace"),
    label("pod", _POD),
    label("container", "__meta_kubernetes_pod_container_name"),
    label("node", "__meta_kubernetes_pod_node_name"),
    label("instance", _POD, "__address__", pattern="(.+);.*:([0-9]+)", replacement="$1:$2"),
)
# `service` is the service of the spec, so the one of Kubernetes needs a name of its own.
_SERVICE_LABEL = label("kubernetes_service", "__meta_kubernetes_service_name")
# A pod that has ended keeps its address until it is removed; init containers are gone by the time it runs.
_LIVE_POD = (
    keep(_POD, "__meta_kubernetes_pod_phase", "(?:Pending|Running|Unknown)"),
    keep(_POD, "__meta_kubernetes_pod_container_init", "(?:false)?"),
)
_RELABEL: dict[str, tuple[dict[str, Any], ...]] = {
    "pod": (*_LIVE_POD, *_POD_LABELS),
    "endpoints": (*_POD_LABELS, _SERVICE_LABEL),
    "endpointslice": (*_POD_LABELS, _SERVICE_LABEL),
    "service": (label("namespace", "__meta_kubernetes_namespace"), _SERVICE_LABEL),
    "node": (label("node", _NODE), label("instance", _NODE)),
}
_PORT_NAME = {
    "pod": "__meta_kubernetes_pod_container_port_name",
    "endpoints": "__meta_kubernetes_endpoint_port_name",
    "endpointslice": "__meta_kubernetes_endpointslice_port_name",
    "service": "__meta_kubernetes_service_port_name",
}
_PORT = re.compile(r"[0-9]{1,5}|[a-z0-9-]{1,63}")


class Kubernetes(Access, Discovery):
    """Targets by their role in a cluster.

    Pods and what stands behind services are named by pod and port, and carry `namespace`, `pod`,
    `container` and `node`; nodes by their name; services by their cluster name and port. The Kubernetes
    service is in `kubernetes_service`.
    """

    key: ClassVar[str] = "kubernetes"

    role: Literal["pod", "endpointslice", "endpoints", "service", "node"] = "pod"
    """What the targets are."""
    namespaces: Texts = Field(default_factory=list)
    """Only these. Without it, all of them."""
    selector: Text = ""
    """A label selector, as kubectl takes it: `app=checkout,tier!=test`."""
    port: Text = ""
    """Only the declared port of this name or number; for nodes, the number of the port to scrape."""
    api_server: AbsoluteUrl | None = None
    """The cluster's API. Without it, that of the cluster Prometheus runs in."""
    kubeconfig_file: Text | None = None
    """A kubeconfig on the Prometheus server, instead of `api_server` and credentials."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.port and not _PORT.fullmatch(self.port):
            raise invalid(BAD_SCALAR, f"`{self.port}` is neither the name nor the number of a port")
        if self.role == "node" and self.port and not self.port.isdigit():
            raise invalid(BAD_SCALAR, "the ports of a node have no names", "give the number, such as 9100")
        given = (self.basic_auth, self.bearer_token, self.tls)
        if self.kubeconfig_file is not None and (self.api_server or any(x is not None for x in given)):
            raise invalid(
                BAD_SCALAR,
                "`kubeconfig_file` says by itself where the cluster is and how to get in",
                "leave out `api_server`, the credentials and `tls`",
            )
        if self.api_server is None and any(x is not None for x in given):
            raise invalid(BAD_SCALAR, "credentials and `tls` are for an `api_server`", "name it beside them")
        return self

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:  # noqa: ARG002
        """One `kubernetes_sd_configs` entry."""
        config = settings(
            role=self.role,
            api_server=self.api_server,
            kubeconfig_file=self.kubeconfig_file,
            namespaces=settings(names=list(self.namespaces)),
            selectors=[{"role": self.role, "label": self.selector}] if self.selector else [],
        )
        relabel = (*self._port_steps(), *_RELABEL[self.role])
        return (ServiceDiscovery("kubernetes_sd_configs", config | self.client_settings(), relabel),)

    def _port_steps(self) -> tuple[dict[str, Any], ...]:
        if not self.port:
            return ()
        if self.role == "node":
            pattern, address = ".+;(.+):[0-9]+", f"$1:{self.port}"
            return (label("__address__", _NODE, "__address__", pattern=pattern, replacement=address),)
        if self.port.isdigit():
            return (keep("__meta_kubernetes_namespace", "__address__", f".+:{self.port}"),)
        return (keep("__meta_kubernetes_namespace", _PORT_NAME[self.role], self.port),)
