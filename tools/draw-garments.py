#!/usr/bin/env python3
"""Draws the ten garments of docs/samples/fashion: 28 x 28 grey PNG files, light on black, in the look of Fashion-MNIST.

    tools/draw-garments.py [FOLDER]        [default: docs/samples/fashion]

Each one is a few polygons in pixel coordinates with a brightness, shaded towards its edges, with folds and a weave. Nothing is random: the same files
come out every time. Only Python's own library is needed.
"""
import math
import struct
import sys
import zlib
from pathlib import Path

SIDE, SUB = 28, 6  # pixels, and samples along a pixel


def mirrored(half):
    """A closed outline that is symmetric about x = 14, from its left half, top to bottom."""
    return half + [(28 - x, y) for x, y in reversed(half)]


def smooth(points, steps=6):
    """A closed curve through the points (Catmull-Rom)."""
    curve, n = [], len(points)
    for i in range(n):
        p0, p1, p2, p3 = (points[(i + k - 1) % n] for k in range(4))
        for s in range(steps):
            t = s / steps
            curve.append(tuple(
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t ** 3)
                for a, b, c, d in zip(p0, p1, p2, p3)))
    return curve


def inside(polygon, x, y):
    result, j = False, len(polygon) - 1
    for i, (xi, yi) in enumerate(polygon):
        xj, yj = polygon[j]
        if (yi > y) != (yj > y) and x < (xj - xi) * (y - yi) / (yj - yi) + xi:
            result = not result
        j = i
    return result


def distance(polygon, x, y):
    """To the nearest edge."""
    best, j = 1e9, len(polygon) - 1
    for i, (xi, yi) in enumerate(polygon):
        xj, yj = polygon[j]
        dx, dy = xi - xj, yi - yj
        t = max(0.0, min(1.0, ((x - xj) * dx + (y - yj) * dy) / (dx * dx + dy * dy + 1e-12)))
        best = min(best, math.hypot(x - xj - t * dx, y - yj - t * dy))
        j = i
    return best


def cloth(x, y):
    """Folds and weave, about 0."""
    return 10 * math.sin(0.9 * x + 0.35 * y) * math.sin(0.23 * y + 0.4) + 6 * math.sin(2.7 * x + 1.9 * y)


def draw(layers):
    """Paints (polygon, brightness) one over the other; None as brightness cuts a hole."""
    pixels = bytearray(SIDE * SIDE)
    for row in range(SIDE):
        for column in range(SIDE):
            total = 0.0
            for sy in range(SUB):
                for sx in range(SUB):
                    x, y = column + (sx + 0.5) / SUB, row + (sy + 0.5) / SUB
                    value = 0.0
                    for polygon, brightness in layers:
                        if inside(polygon, x, y):
                            edge = min(1.0, distance(polygon, x, y) / 1.6)
                            value = 0.0 if brightness is None else brightness * (0.82 + 0.18 * edge) + cloth(x, y)
                    total += max(0.0, min(255.0, value))
            pixels[row * SIDE + column] = round(total / SUB ** 2)
    return pixels


def line(x0, y0, x1, y1, width):
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy)
    nx, ny = -dy / length * width / 2, dx / length * width / 2
    return [(x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)]


def ring(cx, cy, rx, ry, width, start, end, steps=24):
    """Part of an ellipse as a band; angles in degrees, 270 is up."""
    angles = [math.radians(start + (end - start) * i / steps) for i in range(steps + 1)]
    outer = [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]
    inner = [(cx + (rx - width) * math.cos(a), cy + (ry - width) * math.sin(a)) for a in reversed(angles)]
    return outer + inner


GARMENTS = {
    "t-shirt-top": [
        (mirrored([(11.5, 1.2), (9, 1.8), (5.5, 4), (2.2, 9.6), (5.2, 11.8), (7.8, 9), (7.9, 18), (7.6, 26.6)]), 205),
        (smooth([(10.8, 0.4), (12, 2.8), (14, 3.6), (16, 2.8), (17.2, 0.4)]), None),
        ([(10, 11), (18, 11), (18, 16), (10, 16)], 150),
    ],
    "trouser": [
        (mirrored([(9.2, 0.8), (8.8, 6), (8.2, 14), (8, 27.4), (12.2, 27.4), (13, 16), (13.9, 8.5)]), 195),
        (mirrored([(9.2, 0.8), (9, 2.6)]), 225),
        (line(10.3, 6, 9.9, 26, 0.5), 160),
        (line(17.7, 6, 18.1, 26, 0.5), 160),
    ],
    "pullover": [
        (mirrored([(11, 1.6), (8.6, 2.4), (5.6, 4.6), (3.6, 12), (2.2, 23.2), (5.8, 24), (7.6, 14.5), (7.4, 26.4)]), 190),
        (ring(14, 1.2, 3.6, 3, 1.1, 0, 180), 120),
        (smooth([(11.4, 0.6), (12.4, 2.4), (14, 3), (15.6, 2.4), (16.6, 0.6)]), None),
        (line(7.4, 24.9, 20.6, 24.9, 0.7), 140),
        (line(2.4, 22.2, 5.9, 22.9, 0.6), 140),
        (line(25.6, 22.2, 22.1, 22.9, 0.6), 140),
    ],
    "dress": [
        (mirrored([(11.6, 0.8), (10.6, 0.8), (10, 4.6), (10.9, 8), (11.2, 11), (9.8, 17), (8, 27.2)]), 200),
        (smooth([(11.9, 0.2), (12.4, 3), (14, 4.2), (15.6, 3), (16.1, 0.2)]), None),
        (line(11.1, 11, 16.9, 11, 0.9), 120),
        (line(12.2, 13, 11.3, 26, 0.6), 165),
        (line(15.8, 13, 16.7, 26, 0.6), 165),
    ],
    "coat": [
        (mirrored([(10.8, 0.8), (8.2, 1.8), (5.4, 4), (4, 11), (3, 23.6), (6, 24.4), (7.6, 13), (7, 27.4)]), 165),
        ([(10.8, 0.8), (17.2, 0.8), (14.2, 8.2), (13.8, 8.2)], 60),
        ([(10.8, 0.8), (9.6, 3.4), (13.2, 9.6), (13.9, 8.4)], 200),
        ([(17.2, 0.8), (18.4, 3.4), (14.8, 9.6), (14.1, 8.4)], 200),
        (line(14, 8, 14, 27.4, 0.9), 45),
        (line(8.6, 18, 12, 18, 0.9), 95),
        (line(16, 18, 19.4, 18, 0.9), 95),
    ],
    "sandal": [
        (smooth([(1.2, 19.6), (8, 19.8), (15, 17.4), (22, 14.6), (26.4, 12.6), (26.8, 14.2), (26.2, 19.6), (24.2, 19.6), (23.8, 16.2), (17, 19.6), (9, 21.6), (1.2, 21.4)]), 205),
        (line(2.6, 19.6, 8.6, 13.6, 1.5), 215),
        (line(8.4, 13.6, 12.6, 18.2, 1.4), 215),
        (line(8.6, 14, 16.6, 11.4, 1.1), 190),
        (line(16.2, 11.6, 20.2, 15.4, 1.2), 200),
        (line(16.4, 11.4, 25.4, 8.6, 1.1), 195),
        (line(25.2, 8.4, 26.2, 13.4, 1.4), 205),
    ],
    "shirt": [
        (mirrored([(11, 1.2), (8.4, 2.2), (5.4, 4.6), (3.2, 12.8), (2.8, 18.6), (6, 19.2), (7.5, 12.4), (7.4, 19), (7, 26.8)]), 175),
        (smooth([(12, 0.8), (13, 3), (14, 5.2), (15, 3), (16, 0.8)]), 25),
        ([(11, 1), (10.2, 3.6), (12.4, 5), (13.9, 4.4)], 225),
        ([(17, 1), (17.8, 3.6), (15.6, 5), (14.1, 4.4)], 225),
        (line(14, 5, 14, 26.6, 1.3), 215),
        (line(14, 7.5, 14, 8.3, 0.8), 60), (line(14, 12, 14, 12.8, 0.8), 60), (line(14, 16.5, 14, 17.3, 0.8), 60), (line(14, 21, 14, 21.8, 0.8), 60),
        ([(16.2, 9.5), (19.4, 9.5), (19.4, 13), (16.2, 13)], 130),
    ] + [(line(9.3 + 0, y, 12.6, y, 0.4), 140) for y in (10, 14, 18, 22)],
    "sneaker": [
        (smooth([(1.4, 16.6), (5, 14.8), (9.6, 13.4), (13.4, 10.8), (16.4, 9.8), (19, 12), (22.4, 11.8), (25.2, 9.8), (26.4, 11.2), (26.8, 17.4), (26.6, 18.6), (1.2, 18.8)]), 185),
        ([(1, 17.6), (27, 17.2), (27, 19.8), (1.4, 20)], 235),
        (line(9.8, 13.6, 12.6, 16.2, 0.7), 90), (line(11.6, 12.6, 14.4, 15.2, 0.7), 90), (line(13.4, 11.4, 16.2, 14, 0.7), 90),
        (line(16, 17, 21, 13.4, 1.1), 240),
    ],
    "bag": [
        (ring(14, 11, 7, 9, 1.7, 180, 360), 190),
        (smooth([(3.2, 10.4), (14, 9.8), (24.8, 10.4), (26, 18), (25.4, 25.6), (14, 26.4), (2.6, 25.6), (2, 18)]), 200),
        ([(3, 10.4), (25, 10.4), (24.2, 15.4), (3.8, 15.4)], 165),
        ([(12.6, 14.2), (15.4, 14.2), (15.4, 17), (12.6, 17)], 245),
    ],
    "ankle-boot": [
        (smooth([(14.6, 2.4), (19.6, 1.8), (25.2, 2.2), (25.8, 9), (26.2, 17), (26, 23.4), (20.8, 23.6), (19.6, 21.4), (13, 22.6), (2.2, 23.2), (1.6, 19.6), (5.6, 16.6), (11.8, 14.4), (14.6, 10)]), 190),
        ([(1.6, 22.2), (19.6, 21.4), (20.4, 22.4), (26.2, 22.4), (26.2, 25), (20.6, 25), (19.8, 23.2), (1.8, 24)], 120),
        (line(14.8, 3.6, 25.2, 3.4, 0.9), 140),
        (line(18.4, 4.4, 18.6, 14, 0.7), 145),
        (line(12.4, 15.2, 19, 14.6, 0.6), 150),
    ],
}


def png(pixels):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(pixels[y * SIDE:(y + 1) * SIDE]) for y in range(SIDE))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "docs" / "samples" / "fashion"
    folder.mkdir(parents=True, exist_ok=True)
    for name, layers in GARMENTS.items():
        (folder / f"{name}.png").write_bytes(png(draw(layers)))


if __name__ == "__main__":
    main()
