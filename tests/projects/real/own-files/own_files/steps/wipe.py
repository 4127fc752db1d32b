def run():
    return "wiped"
