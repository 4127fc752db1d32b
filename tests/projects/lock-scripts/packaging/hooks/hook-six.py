hiddenimports = ["six.moves"]
