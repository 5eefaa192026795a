"""In which release Ray changed what the tests check."""

from importlib.metadata import version

from packaging.version import Version

installed = Version(version("ray"))
PB2_NEEDS_GPY = installed < Version("2.53")
NAN_TAKES_PART = installed < Version("2.55")  # in the decisions of Ray's own scheduler
EXPLORE_ROUNDS = installed >= Version("2.60")  # before, it truncated
