"""Every output, in the order they are rendered. A new one is a module beside this and a line here."""

from monitorgen.outputs import (
    alertmanager,
    audit,
    blackbox,
    grafana,
    prometheus,
    receiver,
    rule_tests,
    rules,
    terraform,
)
from monitorgen.outputs.base import Output

__all__ = ["OUTPUTS"]

OUTPUTS: tuple[Output, ...] = (
    prometheus.OUTPUT,
    rules.OUTPUT,
    rule_tests.OUTPUT,
    blackbox.OUTPUT,
    alertmanager.OUTPUT,
    grafana.OUTPUT,
    terraform.OUTPUT,
    audit.OUTPUT,
    receiver.OUTPUT,
)
