"""Two processes may share one run store and one folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from command_line import CommandLine

QUAKES = (
    "name: quakes{n}\nsource:\n  use: earthquakes\nsink:\n  use: parquet\n  path: out/{n}.parquet\n"
)


def test_runs_that_start_together_are_all_recorded(eventflow: CommandLine) -> None:
    """Neither fails on the other's lock, and both are listed as completed."""
    names = [eventflow.write(f"{n}.yaml", QUAKES.format(n=n)) for n in range(4)]
    processes = [eventflow.start("run", name) for name in names]
    ended = [process.communicate(timeout=120) for process in processes]
    assert [p.returncode for p in processes] == [0, 0, 0, 0], ended
    listed = eventflow("runs", "list", "--json").document["runs"]
    assert {run["name"] for run in listed} == {f"quakes{n}" for n in range(4)}
    assert {run["state"] for run in listed} == {"COMPLETED"}


def test_one_reads_the_store_while_another_writes(eventflow: CommandLine) -> None:
    """Listing during a run works and ends."""
    process = eventflow.start("run", eventflow.write("0.yaml", QUAKES.format(n=0)))
    while process.poll() is None:
        listed = eventflow("runs", "list")
        assert listed.code == 0, listed.stderr
    process.communicate(timeout=60)
    assert process.returncode == 0
