# Makes the files in this folder: /usr/bin/python3 make.py (Debian's python3-scipy 1.10 and python3-pil 9.4).
# svhn-*.mat: three images and their labels as scipy writes them. *.png, *.jpg: one 13 x 7 picture in many forms; *.rgb: what Pillow's
# convert("RGB") makes of each. resized-*.rgb: the picture after Pillow's antialiased bilinear resize.
import numpy as np
from PIL import Image
from scipy.io import savemat

n = np.arange(32 * 32 * 3 * 3, dtype=np.int64)
x = (n * 37 // 5 % 251).astype(np.uint8).reshape((32, 32, 3, 3), order="F")
y = np.array([[1], [10], [7]], dtype=np.uint8)
savemat("svhn-plain.mat", {"X": x, "y": y}, do_compression=False)
savemat("svhn-compressed.mat", {"X": x, "y": y.astype(np.float64)}, do_compression=True)

h, w = 7, 13
r, c = np.mgrid[0:h, 0:w]
rgb = np.stack([r * 36, c * 21, 255 - r * 15 - c * 13], axis=2).astype(np.uint8)
alpha = (c * 20).astype(np.uint8)
picture = Image.fromarray(rgb)
rgba = Image.fromarray(np.dstack([rgb, alpha]))
exif = Image.Exif()
exif[0x0112] = 6  # turned by 90 degrees
forms = {
    "rgb.png": (picture, {}),
    "grey.png": (picture.convert("L"), {}),
    "grey-alpha.png": (rgba.convert("LA"), {}),
    "alpha.png": (rgba, {}),
    "palette.png": (picture.quantize(16), {}),
    "palette-transparent.png": (picture.quantize(16), {"transparency": 3}),
    "bits.png": (picture.convert("1"), {}),
    "rgb.jpg": (picture, {"quality": 90, "subsampling": 0}),
    "progressive.jpg": (picture, {"quality": 90, "progressive": True}),
    "grey.jpg": (picture.convert("L"), {"quality": 90}),
    "turned.jpg": (picture, {"quality": 90, "exif": exif}),
    "cmyk.jpg": (picture.convert("CMYK"), {"quality": 95}),
}
for name, (image, options) in forms.items():
    image.save(name, **options)
    open(name + ".rgb", "wb").write(Image.open(name).convert("RGB").tobytes())
picture.save("picture.gif")
for width, height in [(5, 3), (26, 14), (13, 3), (4, 20)]:
    open(f"resized-{width}x{height}.rgb", "wb").write(picture.resize((width, height), Image.BILINEAR).tobytes())
