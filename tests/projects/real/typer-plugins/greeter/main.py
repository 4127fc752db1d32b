"""Greets in a style; styles are entry points, of this project and of others."""

from importlib.metadata import entry_points

import typer

app = typer.Typer()


def plain(text: str) -> str:
    return text


@app.command()
def styles():
    """List the styles."""
    for point in sorted(entry_points(group="greeter.styles")):
        typer.echo(f"{point.name} from {point.dist.name} {point.dist.version}")


@app.command()
def greet(name: str, style: str = "plain"):
    """Greet somebody."""
    [point] = entry_points(group="greeter.styles", name=style)
    typer.echo(point.load()(f"Hello, {name}"))


def main():
    app()
