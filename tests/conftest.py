"""What holds for every test: made-up examples are the same ones each time, and no test times anything."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from hypothesis import HealthCheck, settings

import importer

settings.register_profile("random", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("random"), derandomize=True)
settings.load_profile("same")  # a commit that is green is green again; --hypothesis-profile=random looks further

# Hypothesis tries what stands in the modules that are loaded, and which ones are must not be the other tests' doing.
for module in walk_packages(importer.__path__, "importer."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
