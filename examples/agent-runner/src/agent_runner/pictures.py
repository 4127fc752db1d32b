"""Pictures that users send: made small before a model sees them."""

import base64
import io

from PIL import Image, UnidentifiedImageError

# The longer side, in pixels.
LONGEST = 1024


class PictureError(ValueError):
    """The bytes are no picture."""


def shrink(data: bytes) -> str:
    """Returns the picture as a JPEG in base64, no side longer than `LONGEST`.

    Raises:
        PictureError: Pillow cannot read it.
    """
    try:
        picture = Image.open(io.BytesIO(data)).convert("RGB")
    except (UnidentifiedImageError, OSError) as error:
        raise PictureError("the file is no picture") from error
    picture.thumbnail((LONGEST, LONGEST))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return base64.b64encode(out.getvalue()).decode("ascii")
