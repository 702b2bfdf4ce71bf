"""Whatever is sent to a route of the description, the answer is one that it describes."""

from __future__ import annotations

import pytest
import schemathesis
from fixtures.ogc_city import write_city
from fixtures.service import service
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS

# A schema cannot say all: the text of filter, bbox and datetime, what If-Match must name, whether a
# place lies in the city. Such a request is valid by the schema, and is refused with a 4xx.
EXCEPT = {"positive_data_acceptance"}


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    home = tmp_path_factory.mktemp("city")
    with service(write_city(home, home / "registry.gpkg"), "admin", max_jobs=1000) as client:
        client.app.state.city.computed.get(tell=lambda *_: None)  # while it starts it says 503
        yield schemathesis.openapi.from_asgi("/openapi.json", client.app)


@pytest.mark.slow
def test_every_answer_is_described(described):
    left = [c for c in CHECKS.get_all() if c.__name__ in EXCEPT]
    assert len(left) == len(EXCEPT)
    wrong: dict[str, str] = {}
    count = 0
    for operation in (found.ok() for found in described.get_all_operations()):

        @given(case=operation.as_strategy())
        @settings(max_examples=6, deadline=None, database=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        def check(case):
            nonlocal count
            count += 1
            case.call_and_validate(excluded_checks=left)

        try:
            check()
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  (each operation is looked at)
            wrong[operation.label] = str(error)[:1500]
    assert count > 250
    assert not wrong, "\n\n".join(f"{label}: {text}" for label, text in wrong.items())
