"""`receiver/`: what the receiver's runtime reads, and the catalogue of the alerts it may get."""

from monitorgen.model.names import RECEIVER_DIR
from monitorgen.model.stack import Stack
from monitorgen.outputs import json_text, yaml_text
from monitorgen.outputs.base import Output, Rendered

__all__ = ["OUTPUT"]


def _render(stack: Stack) -> Rendered:
    if stack.receiver is not None:
        yield f"{RECEIVER_DIR}/receiver.yml", yaml_text.emit(dict(stack.receiver))
        yield f"{RECEIVER_DIR}/rules.json", json_text.emit({"rules": list(stack.receiver_rules)})


OUTPUT = Output("receiver", "Settings of the receiver, and a list of the alerts", _render)
