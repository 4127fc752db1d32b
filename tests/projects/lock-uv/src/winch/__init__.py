def main():
    print("winch")
