"""What holds for every test: property tests have no deadline, since a busy machine would break it for no fault."""

from hypothesis import settings

settings.register_profile("busy_machine", deadline=None)
settings.load_profile("busy_machine")
