def work() -> None:
    pass
