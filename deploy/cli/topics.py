"""`payung topics apply`: make the topics on the broker what the catalogue says."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.cli import addresses, output
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.publishing.topic_config import ClusterSettings
from shared.contracts.publishing.topics import TopicReport, TopicsError, apply_topics

app = typer.Typer(help="The topics on the broker.", no_args_is_help=True)

BootstrapOption = Annotated[
    str | None,
    typer.Option("--bootstrap", help="host:port of the broker. Default: PAYUNG_KAFKA_BOOTSTRAP, else local."),
]


@app.callback()
def _topics() -> None:
    """Group of commands."""


@app.command()
def apply(
    bootstrap: BootstrapOption = None,
    replication_factor: Annotated[int, typer.Option(help="Copies of each partition; 3 on a cluster.")] = 1,
    min_insync_replicas: Annotated[int, typer.Option(help="Copies that must confirm; 2 on a cluster.")] = 1,
    add_partitions: Annotated[
        bool, typer.Option("--add-partitions", help="Add missing partitions. Keys move: stop the writers first.")
    ] = False,
    json: output.JsonOption = False,
) -> None:
    """Create missing topics and bring the others in line with shared/contracts/catalogue.py. Safe to repeat."""
    try:
        cluster = ClusterSettings(replication_factor=replication_factor, min_insync_replicas=min_insync_replicas)
    except ValueError as error:
        output.fail(str(error))
    reports = apply_catalogue(addresses.kafka_bootstrap(bootstrap), cluster, add_partitions=add_partitions)
    if json:
        output.print_json(
            {"topics": [{"name": r.name, "outcome": r.outcome, "differences": r.differences} for r in reports]}
        )
    else:
        output.print_table(
            "", ("topic", "outcome", ""), [(r.name, r.outcome, " ".join(r.differences)) for r in reports]
        )
    if any(report.outcome == "differs" for report in reports):
        raise typer.Exit(1)


def apply_catalogue(
    bootstrap: str, cluster: ClusterSettings | None = None, *, add_partitions: bool = False
) -> tuple[TopicReport, ...]:
    """Apply the catalogue to the broker at ``bootstrap``; ends with a sentence when the broker refuses."""

    async def run() -> tuple[TopicReport, ...]:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="payung-cli")
        await admin.start()
        try:
            return await apply_topics(admin, CATALOGUE, cluster or ClusterSettings(), add_partitions=add_partitions)
        finally:
            await admin.close()

    try:
        return asyncio.run(run())
    except (TopicsError, TimeoutError) as error:
        output.fail(str(error) or "The broker did not serve the new topics in time; run the command again.")
    except KafkaError as error:
        output.fail(f"The broker at {bootstrap} does not answer ({type(error).__name__}). Look at `payung status`.")
