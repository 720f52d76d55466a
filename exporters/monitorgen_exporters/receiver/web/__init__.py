"""HTTP: the webhook, the API, and what a monitoring system asks of a service."""
