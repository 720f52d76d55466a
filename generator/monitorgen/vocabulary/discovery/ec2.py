"""`ec2:`: the machines of an AWS account."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.vocabulary.discovery.base import Discovery, DiscoveryContext, Refreshed, label, settings
from monitorgen.vocabulary.fields import AbsoluteUrl, Port, Text
from monitorgen.vocabulary.one_or_more import ONE_OR_MORE

__all__ = ["Ec2"]

# The `Name` tag is shared by all machines of an auto-scaling group, so it cannot be the instance.
_RELABEL = (
    label("instance", "__meta_ec2_instance_id"),
    label("instance_name", "__meta_ec2_tag_Name"),
    label("availability_zone", "__meta_ec2_availability_zone"),
)
_STATE = "instance-state-name"


class Ec2(Refreshed, Discovery):
    """Running EC2 instances, by region and tags.

    `instance` is the instance's id, which is never used twice; `instance_name` its `Name` tag and
    `availability_zone` where it runs. Stopped instances are left out unless `filters` says otherwise:
    they would be targets that are down for ever.
    """

    key: ClassVar[str] = "ec2"

    region: Annotated[list[Text], Field(min_length=1), ONE_OR_MORE]
    """The region, or a list of them."""
    port: Port = 80
    """The port of the targets."""
    tags: dict[Text, Annotated[list[Text], ONE_OR_MORE]] = Field(default_factory=dict)
    """Tags that instances must have, each with a value or a list of them; `*` and `?` are wildcards."""
    filters: dict[Text, Annotated[list[Text], ONE_OR_MORE]] = Field(default_factory=dict)
    """Further filters of EC2's DescribeInstances, each with a value or a list of them."""
    role_arn: Text | None = None
    """The role to take for asking. Without it the one that `clouds: aws:` makes, if there is one."""
    endpoint: AbsoluteUrl | None = None
    """Where to ask, instead of AWS's public endpoint of the region."""

    def discoveries(self, context: DiscoveryContext) -> tuple[ServiceDiscovery, ...]:
        """One `ec2_sd_configs` entry for every region."""
        common = settings(
            port=self.port,
            role_arn=self.role_arn or context.aws_role,
            endpoint=self.endpoint,
            filters=self._filters(),
            refresh_interval=self.refresh(),
        )
        return tuple(
            ServiceDiscovery("ec2_sd_configs", {"region": region, **common}, _RELABEL)
            for region in self.region
        )

    def _filters(self) -> list[dict[str, Any]]:
        wanted = {f"tag:{tag}": values for tag, values in self.tags.items()} | self.filters
        wanted.setdefault(_STATE, ["running"])
        return [{"name": name, "values": list(values)} for name, values in sorted(wanted.items())]
