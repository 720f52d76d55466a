"""The HTTP API: what people, dashboards and programs see of alerts, and do about them."""
