def main() -> None:
    pass


def serve() -> None:
    pass


def work() -> None:
    pass
