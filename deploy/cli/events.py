"""`payung events list | show | tail`: what is said on the topics, and what is being said now."""

from __future__ import annotations

import asyncio
import json as jsonlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.cli import addresses, output
from deploy.cli.topics import BootstrapOption
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.schema import reader_schema
from shared.contracts.spec import TopicSpec

app = typer.Typer(help="The events: their contracts, and their flow.", no_args_is_help=True)

TopicArgument = Annotated[str, typer.Argument(help="A topic of `payung events list`, such as worker.enrolled.")]
_HIDDEN = "(restricted: the body is not shown)"


@app.command("list")
def list_topics(json: output.JsonOption = False) -> None:
    """All topics: who writes, who reads, how long they are kept."""
    if json:
        output.print_json({"topics": [_facts(spec) for spec in CATALOGUE]})
        return
    output.print_table(
        f"{len(CATALOGUE.existing)} topics, {len(CATALOGUE) - len(CATALOGUE.existing)} planned ones "
        "(payung events show TOPIC)",
        ("topic", "written by", "read by", "kept", "partitions", "class"),
        [
            (
                spec.name,
                _writers(spec),
                _readers(spec),
                "latest of each key" if spec.retention_days is None else f"{spec.retention_days} days",
                spec.partitions,
                spec.data_class,
            )
            for spec in CATALOGUE
        ],
    )


@app.command()
def show(topic: TopicArgument, json: output.JsonOption = False) -> None:
    """The contract of one topic: meaning, fields, an example."""
    spec = _spec(topic)
    example = jsonlib.loads(spec.event.example().to_json_bytes())
    schema = reader_schema(spec.event)
    if json:
        output.print_json({**_facts(spec), "schema": schema, "example": example})
        return
    output.print_facts(
        spec.name,
        {
            "meaning": spec.meaning,
            "key": spec.key_meaning,
            "written by": _writers(spec),
            "read by": _readers(spec),
            "version": spec.event.VERSION,
        },
    )
    required = set(schema.get("required", ()))
    output.print_table(
        "\nFields",
        ("field", "", "meaning"),
        [
            (name, "always" if name in required else "optional", field.get("description", ""))
            for name, field in schema["properties"].items()
        ],
    )
    output.console.print("\nExample")
    output.console.print_json(data=example)


@app.command()
def tail(
    topic: TopicArgument,
    last: Annotated[int, typer.Option("--last", min=0, help="Begin this many events before the end.")] = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until interrupted.")] = False,
    bootstrap: BootstrapOption = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """The latest events of a topic, oldest first. Reads only; no group's position moves."""
    spec = _spec(topic)
    address = addresses.kafka_bootstrap(bootstrap)
    try:
        asyncio.run(_tail(spec, address, last, follow=follow, json=json))
    except KafkaError as error:
        output.fail(f"The broker at {address} does not answer ({type(error).__name__}). Look at `payung status`.")
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


async def _tail(spec: TopicSpec, bootstrap: str, last: int, *, follow: bool, json: bool) -> None:
    partitions = await _partitions(spec.name, bootstrap)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, client_id="payung-cli")
    await consumer.start()
    try:
        for record in (await latest_records(consumer, partitions, last))[-last:] if last else []:
            _print_record(spec, record, json=json)
        while follow:
            async for record in consumer:
                _print_record(spec, record, json=json)
    finally:
        await consumer.stop()


async def latest_records(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], last: int
) -> list[ConsumerRecord[bytes, bytes]]:
    """The latest ``last`` records of each partition that are there now, by time. The consumer stands behind them."""
    consumer.assign(partitions)
    begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    for partition in partitions:
        consumer.seek(partition, max(begins[partition], ends[partition] - last))
    found: list[ConsumerRecord[bytes, bytes]] = []
    while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found.extend(records)
    return sorted(found, key=lambda record: record.timestamp)


async def _partitions(topic: str, bootstrap: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="payung-cli")
    await admin.start()
    try:
        described = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if described[0]["error_code"] and CATALOGUE.topic(topic).planned:
        output.fail(f"{topic} is only planned: nobody writes it yet, so the broker has no such topic.")
    if described[0]["error_code"]:
        output.fail(f"The broker has no topic {topic} yet. Create the topics with `payung topics apply`.")
    return [TopicPartition(topic, partition["partition"]) for partition in described[0]["partitions"]]


def _print_record(spec: TopicSpec, record: ConsumerRecord[bytes, bytes], *, json: bool) -> None:
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    body: Any = _HIDDEN
    if spec.data_class != "restricted":
        try:
            body = jsonlib.loads(record.value or b"null", parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            body = "(not JSON)"
    if json:
        line = {
            "topic": record.topic,
            "partition": record.partition,
            "offset": record.offset,
            "key": (record.key or b"").decode(errors="replace"),
            "headers": headers,
            "body": body,
        }
        output.console.out(jsonlib.dumps(line), highlight=False)
        return
    moment = headers.get("ce_time") or datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat()
    key = (record.key or b"").decode(errors="replace")
    head = output.plain(f"{moment[:23]}  {record.partition}/{record.offset}  {key}")
    head.stylize("bold", 0, len(moment[:23]))
    output.console.print(head)
    output.console.print(output.plain(f"  {jsonlib.dumps(body, ensure_ascii=False)}"))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _spec(topic: str) -> TopicSpec:
    if topic not in CATALOGUE:
        close = [spec.name for spec in CATALOGUE if topic.split(".", maxsplit=1)[0] in spec.name]
        hint = f" Near it: {', '.join(close)}." if close else ""
        output.fail(f"There is no topic {topic}. See `payung events list`.{hint}")
    return CATALOGUE.topic(topic)


def _writers(spec: TopicSpec) -> str:
    return ("planned: " if spec.planned else "") + ", ".join(spec.owners)


def _readers(spec: TopicSpec) -> str:
    """Who reads it, and in brackets who shall."""
    now = () if spec.planned else spec.readers
    later = (*(spec.readers if spec.planned else ()), *spec.planned_readers)
    return ", ".join(now) + (f" (planned: {', '.join(later)})" if later else "")


def _facts(spec: TopicSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "meaning": spec.meaning,
        "owners": spec.owners,
        "readers": spec.readers,
        "planned": spec.planned,
        "planned_readers": spec.planned_readers,
        "partitions": spec.partitions,
        "retention_days": spec.retention_days,
        "compacted": spec.compacted,
        "data_class": spec.data_class,
        "version": spec.event.VERSION,
    }
