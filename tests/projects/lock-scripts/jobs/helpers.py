def run() -> None:
    print("nightly")
