"""The one list of the rules. A new rule is one file in rules/, one line here, one plant in plants/."""

from __future__ import annotations

from tests.checks.base import Rule
from tests.checks.rules import (
    async_in_rules,
    clock_in_decisions,
    commit_outside_shared,
    document_links,
    environment_in_decisions,
    events_outside_catalogue,
    file_length,
    float_money,
    function_length,
    global_clock_freeze,
    kafka_settings_outside_messaging,
    log_event_text,
    machine_paths,
    module_docstring,
    package_init,
    print_outside_cli,
    randomness_in_decisions,
    registry_hosts,
    requirements_match_project,
    requirements_pinned,
    service_shape,
    sql_outside_store,
)

RULES: tuple[Rule, ...] = (
    service_shape.RULE,
    commit_outside_shared.RULE,
    sql_outside_store.RULE,
    kafka_settings_outside_messaging.RULE,
    events_outside_catalogue.RULE,
    clock_in_decisions.RULE,
    randomness_in_decisions.RULE,
    environment_in_decisions.RULE,
    async_in_rules.RULE,
    float_money.RULE,
    log_event_text.RULE,
    print_outside_cli.RULE,
    global_clock_freeze.RULE,
    package_init.RULE,
    module_docstring.RULE,
    file_length.RULE,
    function_length.RULE,
    requirements_pinned.RULE,
    requirements_match_project.RULE,
    registry_hosts.RULE,
    machine_paths.RULE,
    document_links.RULE,
)
