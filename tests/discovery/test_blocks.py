"""What discoveries compile to, and that both generations of promtool accept it."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitorgen.model.scraping import ServiceDiscovery
from monitorgen.spec.service import Scrape
from monitorgen.vocabulary.discovery import DISCOVERIES, Discovery, DiscoveryContext
from tests.discovery.building import built, written
from tests.discovery.variants import BASES, CONTEXT, VARIANTS, blocks
from tests.support.servers import Generation
from tests.support.tally import record_skip


def merged(key: str, variant: str) -> dict[str, Any]:
    return {**BASES[key], **VARIANTS[key][variant]}


def test_every_discovery_and_every_field_is_tried_here() -> None:
    fields = {key: {name.split(",")[0] for name in variants} for key, variants in VARIANTS.items()}
    models: dict[str, Any] = {discovery.key: discovery for discovery in DISCOVERIES}
    assert fields | {"static": {"root"}} == {key: set(model.model_fields) for key, model in models.items()}


@pytest.mark.parametrize(
    ("key", "variant"), [(key, name) for key, table in VARIANTS.items() for name in table]
)
def test_every_field_changes_the_block(key: str, variant: str) -> None:
    assert blocks(key, merged(key, variant)) != blocks(key, BASES[key])


@pytest.mark.parametrize("discovery", DISCOVERIES, ids=lambda discovery: discovery.key)
def test_promtool_accepts_every_block(
    generation: Generation, tmp_path: Path, discovery: type[Discovery]
) -> None:
    key = discovery.key
    jobs = {"usual": BASES[key]} | {
        "".join(c if c.isalnum() else "-" for c in name): merged(key, name) for name in VARIANTS.get(key, {})
    }
    stack = built(tmp_path, {"scrape": {name: {key: fields} for name, fields in jobs.items()}})
    # Only the block is looked at, not whether the files it names are on this machine.
    said = generation.promtool("check", "config", "--syntax-only", written(stack, tmp_path))
    if said.returncode and f"field {key}_sd_configs not found in type" in said.stdout + said.stderr:
        record_skip(f"{key}: not compiled into the {generation.name} promtool")
        return
    assert said.returncode == 0, said.stdout + said.stderr
    wrong = written(stack, tmp_path)
    wrong.write_text(wrong.read_text().replace("scrape_interval:", "scrape_intervall:"))
    assert generation.promtool("check", "config", "--syntax-only", wrong).returncode != 0


def test_a_job_may_find_its_targets_in_several_ways() -> None:
    scrape = Scrape.model_validate(BASES)
    assert scrape.given() == tuple(discovery.key for discovery in DISCOVERIES)
    keys = [block.key for block in scrape.targets(CONTEXT)]
    assert keys == ["static_configs", *(f"{key}_sd_configs" for key in scrape.given()[1:])]
    assert Scrape.model_validate({}).given() == ()


def test_ec2_takes_the_role_made_for_it_unless_it_names_its_own() -> None:
    made = DiscoveryContext("checkout", "vms", "arn:made")
    (block,) = blocks("ec2", BASES["ec2"], made)
    assert block.config["role_arn"] == "arn:made"
    (block,) = blocks("ec2", {**BASES["ec2"], "role_arn": "arn:own"}, made)
    assert block.config["role_arn"] == "arn:own"
    (block,) = blocks("ec2", BASES["ec2"])
    assert "role_arn" not in block.config


def config(key: str, **fields: Any) -> dict[str, Any]:
    block: ServiceDiscovery = blocks(key, {**BASES[key], **fields})[0]
    return block.config


def test_machines_that_are_not_running_are_left_out() -> None:
    assert config("ec2")["filters"] == [{"name": "instance-state-name", "values": ["running"]}]
    stopped = config("ec2", filters={"instance-state-name": "stopped"})
    assert stopped["filters"] == [{"name": "instance-state-name", "values": ["stopped"]}]
    assert config("gce")["filter"] == "(status = RUNNING)"
    assert config("gce", labels={"a": "b"}, filter="x = y OR z = 1")["filter"] == (
        '(labels.a = "b") AND (status = RUNNING) AND (x = y OR z = 1)'
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"static": []}, "at least 1"),
        ({"static": ["checkout-1"]}, "is not an address"),
        ({"file": {"files": ["targets/checkout.txt"]}}, "is not a file of targets"),
        ({"file": {"files": ["*/checkout.json"]}}, "is not a file of targets"),
        ({"dns": {"names": ["a"], "type": "A"}}, "which port"),
        ({"dns": {"names": []}}, "at least 1"),
        ({"ec2": {"region": []}}, "at least 1"),
        ({"kubernetes": {"role": "node", "port": "metrics"}}, "no names"),
        ({"kubernetes": {"port": "a b"}}, "neither the name nor the number"),
        ({"kubernetes": {"bearer_token": {"file": "/t"}}}, "are for an `api_server`"),
        ({"kubernetes": {"kubeconfig_file": "/k", "api_server": "http://a"}}, "says by itself"),
        (
            {
                "http": {
                    "url": "http://a",
                    "bearer_token": {"file": "/t"},
                    "basic_auth": {"username": "a", "password": {"file": "/p"}},
                }
            },
            "cannot both",
        ),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Scrape.model_validate(fields)
