CORNERS = 3


def area(base, height):
    return base * height / 2
