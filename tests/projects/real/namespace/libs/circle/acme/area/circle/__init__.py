import math

CORNERS = 0


def area(radius):
    return math.pi * radius**2
