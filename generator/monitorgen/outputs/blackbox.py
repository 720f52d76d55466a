"""`blackbox/blackbox.yml`: a module for every way of probing that the checks ask for."""

from monitorgen.model.names import BLACKBOX_DIR
from monitorgen.model.stack import Stack
from monitorgen.outputs import yaml_text
from monitorgen.outputs.base import Output, Rendered

__all__ = ["OUTPUT"]


def _render(stack: Stack) -> Rendered:
    if stack.probe_modules:
        modules = {module.name: module.body for module in stack.probe_modules}
        yield f"{BLACKBOX_DIR}/blackbox.yml", yaml_text.emit({"modules": modules})


OUTPUT = Output("blackbox", "blackbox_exporter modules", _render)
