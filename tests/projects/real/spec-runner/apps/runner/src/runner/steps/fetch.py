"""Says of a request what a backend makes of it; none is sent."""

import importlib

import requests


def run(url, backend):
    request = requests.Request("GET", url).prepare()
    return importlib.import_module(f"runner.backends.{backend}").describe(request)
