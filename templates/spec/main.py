"""What the executable runs."""

import sys
from pathlib import Path

words = Path(__file__).with_name("words.txt").read_text(encoding="utf-8").strip()
print(f"{words}, {' '.join(sys.argv[1:]) or 'world'}!")
