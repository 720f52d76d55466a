"""`audit/audit.yml`: what the audit log's runtime reads."""

from monitorgen.model.names import AUDIT_DIR
from monitorgen.model.stack import Stack
from monitorgen.outputs import yaml_text
from monitorgen.outputs.base import Output, Rendered

__all__ = ["OUTPUT"]


def _render(stack: Stack) -> Rendered:
    if stack.audit is not None:
        yield f"{AUDIT_DIR}/audit.yml", yaml_text.emit(dict(stack.audit))


OUTPUT = Output("audit", "Settings of the audit log", _render)
