"""Every law of a tracker, on offline files that are read back."""

from __future__ import annotations

from eventflow.testing import contract
from eventflow_wandb.tracker import WandbTracker
from wandb_files import recorded

TestWandbTracker = contract(
    WandbTracker,
    config=lambda folder: {"mode": "offline", "path": folder, "project": "contract"},
    recorded=recorded,
    level=1,
    exclude={
        "tracker-resume": "the SDK keeps a run to itself within one process: see test_wandb_runs"
    },
)
