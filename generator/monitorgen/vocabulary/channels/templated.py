"""Text that Alertmanager runs as a Go template when it notifies."""

from typing import Annotated

from pydantic import AfterValidator

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.channels.base import channel_example
from monitorgen.vocabulary.fields import Text, invalid
from monitorgen.vocabulary.go_template import template_fault

__all__ = ["CODES", "TemplateText"]

_PAGER = "type: pagerduty, integration_key: {file: /run/secrets/pagerduty}"


BAD_TEMPLATE = Code(
    "MG0625",
    "a Go template that cannot be parsed",
    "Alertmanager parses the templates of a channel only when it notifies: it starts without a word, and "
    "then every notification of the channel fails.",
    bad=channel_example(_PAGER + ', component: "{{ .CommonLabels.job }"'),
    good=channel_example(_PAGER + ', component: "{{ .CommonLabels.job }}"'),
)
CODES = (BAD_TEMPLATE,)


def _parses(text: str) -> str:
    if fault := template_fault(text):
        raise invalid(
            BAD_TEMPLATE, f"not a Go template: {fault}", 'plain text with braces is written {{ "{{" }}'
        )
    return text


TemplateText = Annotated[Text, AfterValidator(_parses)]
"""Text that may hold Go templates, such as `{{ .CommonLabels.service }}`."""
