"""What holds for all tests."""

from hypothesis import settings

# A loaded machine may be slow at any single example; how fast the code is, benchmarks tell.
settings.register_profile("mihakk", deadline=None)
settings.load_profile("mihakk")
