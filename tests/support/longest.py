"""Which test files take longest, measured with three workers for each processor."""

from typing import Final

__all__ = ["LONGEST"]

# Files are handed out whole, so one that is begun last is waited for. These are handed out first.
LONGEST: Final = (
    "tests/test_examples.py",
    "tests/receiver/outbox/test_killed.py",
    "tests/cli/test_test_mutations.py",
    "tests/running/test_stack.py",
    "tests/audit/people/test_killed.py",
    "tests/receiver/running/test_disk.py",
    "tests/receiver/running/test_slow_senders.py",
    "tests/conditions/test_own_tests_pass.py",
    "tests/conditions/test_mutations.py",
    "tests/receiver/running/test_storm.py",
    "tests/receiver/running/test_clock.py",
    "tests/receiver/alertmanager/test_model.py",
    "tests/audit/storage/test_kill.py",
    "tests/discovery/test_live.py",
    "tests/receiver/running/test_kill.py",
    "tests/receiver/running/test_shutdown.py",
    "tests/audit/anchors/test_prometheus.py",
    "tests/packaging/test_wheel.py",
    "tests/docs/test_commands.py",
    "tests/running/test_prober_down.py",
)
"""From the top of the checkout, with slashes."""
