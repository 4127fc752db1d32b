def run():
    return "swept"
