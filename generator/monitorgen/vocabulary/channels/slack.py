"""`type: slack`: a message to a Slack channel by an incoming webhook."""

from typing import Literal

from monitorgen.vocabulary.channels.base import Channel, ChannelContext, Delivery
from monitorgen.vocabulary.channels.templated import TemplateText
from monitorgen.vocabulary.fields import AbsoluteUrl, Boolean
from monitorgen.vocabulary.secrets import Secret

__all__ = ["Slack"]


def _template(part: str) -> str:
    return f'{{{{ template "monitorgen.slack.{part}" . }}}}'


# What each message shows below its text, each by the template of that name.
_FIELDS = ("Severity", "Service", "Team", "Environment", "Starts")


class Slack(Channel):
    """A message to a Slack channel."""

    type: Literal["slack"]
    webhook_url: Secret
    """The URL of the incoming webhook; whoever knows it can post."""
    channel: TemplateText | None = None
    """Where to post, such as `"#payments"`, for webhooks that leave the choice."""
    username: TemplateText = "Alertmanager"
    """The name the message is posted under, for webhooks that leave the choice."""
    icon_emoji: TemplateText | None = None
    """The picture beside the message, such as `":fire:"`."""
    icon_url: AbsoluteUrl | None = None
    """The picture beside the message, by its address."""
    mention_channel: Boolean = False
    """Whether a message about a firing alert calls everyone in the channel."""

    def delivery(self, context: ChannelContext) -> Delivery:  # noqa: ARG002 - all channels share it
        """One `slack_configs` entry."""
        config = {
            "api_url_file": self.webhook_url.file,
            "channel": self.channel,
            "username": self.username,
            "icon_emoji": self.icon_emoji,
            "icon_url": self.icon_url,
            "color": _template("color"),
            "title": _template("title"),
            "title_link": '{{ template "monitorgen.alerts" . }}',
            "pretext": '{{ if eq .Status "firing" }}<!channel>{{ end }}' if self.mention_channel else None,
            "text": _template("text"),
            "fallback": _template("title"),
            "fields": [
                {"title": title, "value": _template(title.lower()), "short": True} for title in _FIELDS
            ],
            "footer": _template("footer"),
            "mrkdwn_in": ["text", "pretext"],
        }
        return Delivery((self.integration("slack_configs", config),))
