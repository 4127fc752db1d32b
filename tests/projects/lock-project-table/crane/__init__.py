def main() -> None:
    print("crane")
