"""The smallest spec that builds, for the good and bad examples of the codes in this package."""

__all__ = ["SPEC"]

SPEC = """\
organization: acme
channels:
  ops-hook: {type: webhook, url: http://127.0.0.1:9/hook}
teams:
  ops: {notify: {default: [ops-hook]}}
services:
  shop:
    team: ops
    checks:
      home: {type: http, url: https://shop.example/, alert: {severity: high}}
"""
