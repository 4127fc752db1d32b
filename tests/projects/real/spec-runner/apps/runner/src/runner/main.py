"""Runs the steps of a file: each is a module that only its name says."""

import importlib
import os
import sys

import click
import yaml


@click.command()
@click.argument("file", type=click.File())
@click.version_option("0.3.0", prog_name="agent-runner")
def main(file):
    steps = yaml.safe_load(file)
    for step in steps:
        name, arguments = next(iter(step.items()))
        module = importlib.import_module("runner.steps." + name)
        click.echo(f"{name}: {module.run(**(arguments or {}))}")
    click.echo(f"mode: {os.environ.get('AGENT_RUNNER_MODE')}")
    click.echo(f"left out: {all(name not in sys.modules for name in ('tkinter', 'unittest'))}")


if __name__ == "__main__":
    main()
