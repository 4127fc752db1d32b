def main():
    print("reel")
