"""Support for tests that break things: servers, networks and disks that fail, and who judges."""
