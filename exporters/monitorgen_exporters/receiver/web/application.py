"""The ASGI application of a service: the webhook, the API, health and metrics."""

from monitorgen_exporters.receiver.access.webhook import Webhook
from monitorgen_exporters.receiver.api.app import create_api
from monitorgen_exporters.receiver.service import Service
from monitorgen_exporters.receiver.web.front import Front
from monitorgen_exporters.receiver.web.webhook import WebhookApp

__all__ = ["application"]


def application(service: Service) -> Front:
    """What the server runs. For one event loop."""
    settings = service.settings
    tls = settings.tls is not None or settings.behind_tls_proxy
    webhook = WebhookApp(
        Webhook(settings.sources),
        service.ingest,
        limit=settings.limits.body,
        tls=tls,
        count=service.metrics.delivered,
        refused=service.noting.refused,
    )
    return Front(webhook, create_api(service), service.health, service.metrics.registry, tls=tls)
