"""A list of things to do, on a terminal's whole screen."""

from textual.app import App, ComposeResult
from textual.widgets import Footer, Header, Input, Label, ListItem, ListView, Markdown


class TodoScreen(App):
    CSS_PATH = "todo.tcss"
    TITLE = "Things to do"
    BINDINGS = [("ctrl+q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield Markdown("What is **next**?")
        yield Input(placeholder="next")
        yield ListView()
        yield Footer()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        things = self.query_one(ListView)
        things.append(ListItem(Label(f"{len(things) + 1}. {event.value}")))
        event.input.clear()

    def on_mount(self) -> None:
        self.query_one(Input).focus()


def main():
    app = TodoScreen()
    app.run()
    print("bye")
