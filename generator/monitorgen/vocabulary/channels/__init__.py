"""The ways a spec can tell people. A new one is a module here and a line in `CHANNELS`."""

from typing import TypeAlias

from monitorgen.model.diagnostic import Code
from monitorgen.vocabulary.base import one_of
from monitorgen.vocabulary.channels.base import CODES as BASE_CODES
from monitorgen.vocabulary.channels.base import Channel
from monitorgen.vocabulary.channels.email import CODES as EMAIL_CODES
from monitorgen.vocabulary.channels.email import Email
from monitorgen.vocabulary.channels.pagerduty import CODES as PAGERDUTY_CODES
from monitorgen.vocabulary.channels.pagerduty import PagerDuty
from monitorgen.vocabulary.channels.slack import Slack
from monitorgen.vocabulary.channels.templated import CODES as TEMPLATE_CODES
from monitorgen.vocabulary.channels.webhook import CODES as WEBHOOK_CODES
from monitorgen.vocabulary.channels.webhook import Webhook

__all__ = ["CHANNELS", "CODES", "AnyChannel", "Channel"]

CHANNELS: tuple[type[Channel], ...] = (Email, Slack, PagerDuty, Webhook)

AnyChannel: TypeAlias = one_of(CHANNELS)  # type: ignore[valid-type]

CODES: tuple[Code, ...] = (*BASE_CODES, *TEMPLATE_CODES, *EMAIL_CODES, *PAGERDUTY_CODES, *WEBHOOK_CODES)
