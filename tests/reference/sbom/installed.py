"""Prints what importlib.metadata knows of every distribution of this Python, and its markers' environment, as JSON."""

import importlib.metadata
import json
import os
import platform
import sys

distributions = [
    {
        "name": found.metadata["Name"],
        "version": found.version,
        "requires": found.requires or [],
        "extras": found.metadata.get_all("Provides-Extra") or [],
        "license": found.metadata["License-Expression"],
    }
    for found in importlib.metadata.distributions()
]
environment = {
    "implementation_name": sys.implementation.name,
    "implementation_version": platform.python_version(),
    "os_name": os.name,
    "platform_machine": platform.machine(),
    "platform_release": "",
    "platform_system": platform.system(),
    "platform_version": "",
    "platform_python_implementation": platform.python_implementation(),
    "python_full_version": platform.python_version(),
    "python_version": ".".join(platform.python_version_tuple()[:2]),
    "sys_platform": sys.platform,
}
print(json.dumps({"distributions": distributions, "environment": environment}))
