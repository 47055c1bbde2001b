"""A real MLflow server for the tests to share, and a file of customers."""

from __future__ import annotations

import socket
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlflow_server import PATIENCE, Server

with warnings.catch_warnings():  # MLflow warns of its own type hints when it is imported
    warnings.simplefilter("ignore")
    import mlflow.pyfunc  # noqa: F401 - that no test meets the warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEADER = "customer_id,last_activity_date,account_created_date,total_value"
LINES = [f"c{n},2020-05-{1 + n % 28:02},2019-05-01,{n * 10}" for n in range(60)]


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Let pass what MLflow warns of: it uses what SQLAlchemy and others have deprecated."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for told in ("ignore::DeprecationWarning", "ignore::FutureWarning"):
                item.add_marker(pytest.mark.filterwarnings(told))


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share; one that kills it starts it again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Server(tmp_path_factory.mktemp("mlflow"), port)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def customers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A pipeline over a file of customers, in an empty working directory."""
    monkeypatch.chdir(tmp_path)
    Path("customers.csv").write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")
    return {
        "name": "churn",
        "source": {"use": "csv", "path": "customers.csv"},
        "quality": {"minimum_score": 50},
        "blueprint": {"use": "customer_churn", "as_of": "2020-06-01"},
        "sink": {"use": "parquet", "path": "out.parquet"},
        "runs": {"trackers_wait": PATIENCE},
    }
